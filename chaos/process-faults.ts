/**
 * Faults on the processes of a target, through its hooks. Each resolves when it has healed (or did not in time) and
 * says what the wire showed: a held connection that broke, a refused one, a silent answer, a new epoch.
 */
import { now } from '../harness/clock.ts';
import type { FaultResult } from '../harness/result.ts';
import type { Hooks, HookName, Target } from '../harness/target.ts';
import { PROBE_INTERVAL_MS, PROBE_TIMEOUT_MS, STOP_TIMEOUT_MS } from '../harness/timeouts.ts';
import { bringBack, failureOf, type Healing } from './healing.ts';
import { health, refusal, tripwire, type Tripwire } from './probe.ts';
import { waitFor } from './wait.ts';

export interface ProcessFaultOptions {
  readonly target: Target;
  readonly instance: number;
  /** Whose owner's epoch to compare before and after (needs the hook `ownerOf`). */
  readonly stream?: string;
  /** No more of it is wanted: it stays in force no longer, what was done still heals. */
  readonly over?: AbortSignal;
  /** Told at once when the fault is in force and when it has healed, e.g. to write the history. */
  readonly onPhase?: (phase: 'fault' | 'heal', at_ms: number, instance: number) => void;
}

/** A hook this fault needs is not configured. */
export class MissingHook extends Error {
  override readonly name = 'MissingHook';
  readonly hook: HookName;
  constructor(hook: HookName) {
    super(`hooks.${hook}: not configured; give the target a start command, or a hook that does it`);
    this.hook = hook;
  }
}

/** The connection a client held must break this soon after its process was killed. */
const BREAK_TIMEOUT_MS = 2_000;
/** How the evidence begins of what the run did not live to see. */
export const NEVER_FIRED = 'never fired';
/** A paused process is shown by an answer that stays away this long. */
export const PAUSE_SILENCE_MS = 250;

function hook<Name extends HookName>(target: Target, name: Name): Hooks[Name] {
  const found = target.hooks[name];
  if (found === undefined) throw new MissingHook(name);
  return found.bind(target.hooks) as Hooks[Name];
}

function addressOf({ target, instance }: ProcessFaultOptions): URL {
  const found = target.instances.find((candidate) => candidate.index === instance);
  if (found === undefined) {
    throw new RangeError(
      `instance: found ${instance}, accepted is one of ${target.instances.map(({ index }) => index).join(', ') || 'none'}; list its address under instances[]`,
    );
  }
  return found.url;
}

/** null: nobody owns it. undefined: not to be had; it is evidence, and a fault without it is a fault as well. */
async function epochOf({ stream, target }: ProcessFaultOptions): Promise<number | null | undefined> {
  if (stream === undefined || target.hooks.ownerOf === undefined) return undefined;
  try {
    return (await target.hooks.ownerOf(stream))?.epoch ?? null;
  } catch {
    return undefined;
  }
}

/** Lines of evidence; null where there was nothing to tell. */
type Seen = readonly (string | null)[];

/** What the two ends of a fault add up to. */
async function conclude(
  options: ProcessFaultOptions,
  fault: { readonly kind: string; readonly at_ms: number; readonly bit: boolean; readonly evidence: Seen },
  { healed_ms, failure }: Healing,
  epoch_before: number | null | undefined,
): Promise<FaultResult> {
  if (healed_ms !== null) options.onPhase?.('heal', healed_ms, options.instance);
  const { kind, at_ms, bit } = fault;
  const epoch = (await epochOf(options)) ?? null;
  const isNew = epoch !== null && epoch_before !== undefined && epoch !== epoch_before;
  const evidence = [
    ...fault.evidence,
    failure,
    isNew ? `epoch ${epoch_before ?? 'none'} became ${epoch}` : null,
    healed_ms === null ? 'it did not answer again' : `answered again after ${span(at_ms, healed_ms)}`,
  ];
  const told = evidence.filter((line) => line !== null).join('; ');
  return { kind, target: `instance ${options.instance}`, at_ms, healed_ms, bit, evidence: told };
}

/** What was gone before cannot show that this fault took it away. */
async function answersBefore({ instance }: ProcessFaultOptions, url: URL): Promise<void> {
  if ((await health(url)) === null) throw new Error(`instance ${instance} did not answer before the fault`);
}

function signalsOf({ over }: ProcessFaultOptions): AbortSignal[] {
  return over === undefined ? [] : [over];
}

function span(from_ms: number, to_ms: number): string {
  return `${(to_ms - from_ms).toFixed(1)} ms`;
}

/** A fault that ended a process; `broke_ms`: when a connection held to it broke, null when none was seen to. */
export interface ProcessEnd extends FaultResult {
  readonly broke_ms: number | null;
}

export interface EndOptions extends ProcessFaultOptions {
  /** How long it stays away before it is started again; default 0. */
  readonly down_ms?: number;
  /** Awaited once all is prepared: the process is ended at the moment this resolves. */
  readonly aim?: () => Promise<void>;
}

/** Ends the process one way, keeps it down, starts it again. Once it began, a hook that fails is told, not thrown. */
async function restart(kind: 'kill' | 'terminate', options: EndOptions): Promise<ProcessEnd> {
  const end = hook(options.target, kind);
  const start = hook(options.target, 'start');
  const url = addressOf(options);
  const epoch = await epochOf(options);
  using wire = await tripwire(url);
  await answersBefore(options, url);
  await options.aim?.();
  const at_ms = now();
  options.onPhase?.('fault', at_ms, options.instance);
  const failure = await failureOf(kind, () => end(options.instance));
  const { broke, refused } = await endSeen(url, wire, kind === 'kill' ? BREAK_TIMEOUT_MS : STOP_TIMEOUT_MS);
  const evidence = [
    failure,
    broke === null ? null : `held connection ${broke.how} after ${span(at_ms, broke.at_ms)}`,
    refused === null ? 'new connections are still accepted' : `new connection met ${refused}`,
  ];
  await waitFor(options.down_ms ?? 0, signalsOf(options));
  const healing = await bringBack('start', () => start(options.instance), url);
  const result = await conclude(options, { kind, at_ms, bit: refused !== null, evidence }, healing, epoch);
  return { ...result, broke_ms: broke?.at_ms ?? null };
}

interface EndSeen {
  readonly broke: Awaited<ReturnType<Tripwire['broken']>>;
  readonly refused: string | null;
}

async function endSeen(url: URL, wire: Tripwire | null, patience_ms: number): Promise<EndSeen> {
  const patient_until_ms = now() + patience_ms;
  const broke = (await wire?.broken(patience_ms)) ?? null;
  return { broke, refused: await refusedUntil(url, patient_until_ms) };
}

/** A draining process keeps its port for a while. */
async function refusedUntil(url: URL, ends_ms: number): Promise<string | null> {
  for (;;) {
    // A look cut shorter would call a slow accept a refusal.
    const code = await refusal(url, Math.max(PROBE_TIMEOUT_MS, ends_ms - now()));
    if (code !== null || now() >= ends_ms) return code;
    await waitFor(PROBE_INTERVAL_MS, []);
  }
}

/** SIGKILL, `down_ms` of absence, start. */
export async function kill(options: EndOptions): Promise<ProcessEnd> {
  return restart('kill', options);
}

/** SIGTERM: the instance drains and goes; then it is started again. */
export async function terminate(options: EndOptions): Promise<ProcessEnd> {
  return restart('terminate', options);
}

/** SIGSTOP for `for_ms` (choose it past the lease's TTL), then SIGCONT: the owner that wakes is a zombie. */
export async function pause(options: ProcessFaultOptions & { readonly for_ms: number }): Promise<FaultResult> {
  const stop = hook(options.target, 'pause');
  const resume = hook(options.target, 'resume');
  const url = addressOf(options);
  const epoch = await epochOf(options);
  await answersBefore(options, url);
  const at_ms = now();
  options.onPhase?.('fault', at_ms, options.instance);
  const failure = await failureOf('pause', () => stop(options.instance));
  const stopped_ms = now();
  const status = await health(url, PAUSE_SILENCE_MS);
  // What failed may have stopped it all the same: it is resumed, and at once.
  if (failure === null) await waitFor(stopped_ms + options.for_ms - now(), signalsOf(options));
  const healing = await bringBack('resume', () => resume(options.instance), url);
  const silent = status === null;
  const evidence = [
    failure,
    silent ? `no answer for ${PAUSE_SILENCE_MS} ms while stopped` : `answered ${status} while it should be stopped`,
  ];
  return conclude(options, { kind: 'pause', at_ms, bit: silent, evidence }, healing, epoch);
}

/**
 * Every instance in turn, each back before the next goes. Stops at the first that fails or does not come back; once
 * the run is stopped, those whose turn has not come are left alone, and said to be.
 */
export async function rollingRestart(
  options: Omit<ProcessFaultOptions, 'instance'> & {
    readonly how: 'kill' | 'terminate';
    readonly down_ms?: number;
    readonly isStopped?: () => boolean;
  },
): Promise<FaultResult[]> {
  const { how, target, isStopped = () => false } = options;
  for (const name of [how, 'start'] as const) hook(target, name);
  const results: FaultResult[] = [];
  for (const { index } of target.instances) {
    if (isStopped()) {
      results.push(neverBegun(index, `${NEVER_FIRED}: the run ended before its turn`));
      continue;
    }
    const result = await restart(how, { ...options, instance: index }).catch((error: unknown) =>
      neverBegun(index, error instanceof Error ? error.message : String(error)),
    );
    results.push({ ...result, kind: 'rolling-restart' });
    if (result.healed_ms === null) break;
  }
  return results;
}

/** Those before it were restarted all the same. */
function neverBegun(instance: number, evidence: string): FaultResult {
  return {
    kind: 'rolling-restart',
    target: `instance ${instance}`,
    at_ms: now(),
    healed_ms: null,
    bit: false,
    evidence,
  };
}
