/** Every bound and every time of the SQLite store. */

/** Groups on their way to the writer thread: one is committing while the next is already there. */
export const MAX_GROUPS_UNDER_WAY = 2;
/** Writes of one commit. */
export const MAX_GROUP_WRITES = 1024;
/** Payload of one commit, so that no acknowledgement waits for another's megabytes. */
export const MAX_GROUP_BYTES = 4 * 1024 * 1024;
/** Beyond either, a write is refused as `queue_full` instead of waiting. */
export const MAX_QUEUED_WRITES = 20_000;
export const MAX_QUEUED_BYTES = 64 * 1024 * 1024;

/** How long a group waits for another process's transaction before its writes are refused. */
export const WRITE_BUSY_TIMEOUT_MS = 5_000;
/** Between two tries at the write lock: short at first, since a group commit takes about a millisecond. */
export const WRITE_RETRY_FIRST_MS = 0.1;
export const WRITE_RETRY_LONGEST_MS = 2;

/** Readers never wait inside SQLite (that would stop the event loop); they come back until then. */
export const READ_BUSY_TIMEOUT_MS = 1_000;
export const READ_RETRY_MS = 2;
/** Events read in one go before other work has its turn. */
export const READ_SLICE_EVENTS = 500;

/** How often `data_version` is asked whether another process has committed. */
export const CHANGE_POLL_MS = 5;
/** How often changes are looked for whatever `data_version` says. */
export const CHANGE_SWEEP_MS = 250;

/** A stream of no more events is removed in one write. */
export const PURGED_AT_ONCE = 100;
/** What goes in one step of a longer one: events (or append keys), and the payload after which no more is added. */
export const PURGE_EVENTS = 500;
export const PURGE_BYTES = 4 * 1024 * 1024;
/** Streams a sweep removes in one transaction. */
export const SWEEP_STREAMS = 20;

/** What is left of the log's file after a checkpoint. */
export const WAL_KEPT_BYTES = 64 * 1024 * 1024;

/** Two readings of "when did this host boot" further apart than this are two boots; without a boot id only. */
export const BOOT_TIME_TOLERANCE_S = 30;
