/**
 * Every bound on waiting that is the harness's own, in milliseconds. What the target declares (heartbeat, lease, stall
 * limit…) bounds the rest: see DeclaredTimes in target.ts.
 */

/** One request, from connect to the end of its answer. Long-polls add what they ask for. */
export const REQUEST_TIMEOUT_MS = 10_000;
/** A subscription's answer to its request; an idle stream must send its headers at once. */
export const HEADERS_TIMEOUT_MS = 10_000;
/** One check, from its first request to its verdict, unless the check declares another. */
export const CHECK_TIMEOUT_MS = 60_000;
/** All of a check's cleanup: closing connections, removing streams. */
export const CLEANUP_TIMEOUT_MS = 10_000;
/** How long a run waits for the target to answer at all; `--wait`. */
export const WAIT_TIMEOUT_MS = 10_000;
/** After a disruptive check: until every instance answers again. */
export const RECOVERY_TIMEOUT_MS = 30_000;
/** After a run with failures: booting the reference and having the same exchanges with it. */
export const REFERENCE_TIMEOUT_MS = 10_000;
/** Pause between two looks at something that tells no event of its own (a port, a process, readiness). */
export const PROBE_INTERVAL_MS = 50;
/** Between two looks that cost the target something, the pause doubles up to this. */
export const LONGEST_PAUSE_MS = 5_000;
/** One such look. */
export const PROBE_TIMEOUT_MS = 2_000;
/** Between two attempts to start an instance that does not come back. */
export const BRING_BACK_INTERVAL_MS = 2_000;
/** One hook: a command or a request to a control port. */
export const HOOK_TIMEOUT_MS = 30_000;
/** A process we started, until it is ready. */
export const START_TIMEOUT_MS = 30_000;
/** A process we started, from SIGTERM until we stop being patient. */
export const STOP_TIMEOUT_MS = 10_000;
