/** Beside each failure the same exchange with the healthy reference, so that one sees what should have come. */
import { once } from 'node:events';
import type { CheckResult, RunResult, TranscriptLine } from '../harness/result.ts';
import type { Target } from '../harness/target.ts';
import { REFERENCE_TIMEOUT_MS } from '../harness/timeouts.ts';
import { judgeTarget } from './judge-target.ts';
import { startSelf } from './self.ts';

/** So many failures have the exchange beside them; a server that does nothing right would wait for all of them. */
const REFERENCE_CHECKS = 6;

type Reference = AsyncDisposable & { readonly target: Target };

export interface ReferenceOptions {
  readonly seed: number;
  readonly signal: AbortSignal;
  readonly within_ms?: number;
  /** Default: the reference as it is. */
  readonly boot?: () => Promise<Reference>;
}

/** The failures that have the reference beside them: those that nobody expects. */
function wantsReference({ outcome, expected_failure }: CheckResult): boolean {
  return outcome === 'fail' && expected_failure === null;
}

/** The result with `reference_transcript` of its first failures, or why there is none. Never rejects. */
export async function withReference(result: RunResult, options: ReferenceOptions): Promise<RunResult> {
  const failed = result.checks.filter(wantsReference);
  if (failed.length === 0) return result;
  const asked = failed.slice(0, REFERENCE_CHECKS).map(({ id }) => id);
  const beside = await exchangesOf(asked, options);
  return {
    ...result,
    checks: result.checks.map((check) => {
      if (!wantsReference(check)) return check;
      const found = beside.get(check.id) ?? `only the first ${REFERENCE_CHECKS} failures were repeated with it`;
      return typeof found === 'string'
        ? { ...check, reference_note: found }
        : { ...check, reference_transcript: sameExchanges(check.transcript, found) };
    }),
  };
}

type Found = readonly TranscriptLine[] | string;

async function exchangesOf(asked: readonly string[], options: ReferenceOptions): Promise<Map<string, Found>> {
  const { seed, within_ms = REFERENCE_TIMEOUT_MS, boot = bootReference } = options;
  const late = AbortSignal.timeout(within_ms);
  const signal = AbortSignal.any([options.signal, late]);
  try {
    await using self = await bootedUnless(signal, boot);
    const { checks } = await judgeTarget({
      target: self.target,
      selection: { only: asked, skip: [] },
      seed,
      command: 'streamproof conform --self',
      signal,
      transcripts: 'all',
    });
    return new Map(checks.map((check) => [check.id, foundBy(check, late.aborted, within_ms)]));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const why = signal.aborted ? gaveUp(late.aborted, within_ms) : `it could not be booted: ${message}`;
    return new Map(asked.map((id) => [id, why]));
  }
}

function foundBy(check: CheckResult, late: boolean, within_ms: number): Found {
  if (check.outcome === 'pass') return check.transcript;
  if (check.reason !== 'interrupted') return `there the check was ${check.outcome}: ${check.observed ?? ''}`;
  return gaveUp(late, within_ms);
}

function gaveUp(late: boolean, within_ms: number): string {
  return late ? `it was not done within ${within_ms} ms` : 'the run was interrupted';
}

/** What comes up after nobody waits for it any more is ended. */
async function bootedUnless(signal: AbortSignal, boot: () => Promise<Reference>): Promise<Reference> {
  signal.throwIfAborted();
  const booting = boot();
  const aborted = once(signal, 'abort').then(() => Promise.reject(new Error('aborted')));
  try {
    return await Promise.race([booting, aborted]);
  } catch (error) {
    void booting.then(
      (late) => late[Symbol.asyncDispose](),
      () => undefined,
    );
    throw error;
  }
}

/** Without SQLite the volatile reference still shows most exchanges. */
function bootReference(): Promise<Reference> {
  return startSelf({ store: 'sqlite' }).catch(() => startSelf({ store: 'memory' }));
}

/** With the same seed a check asks the same in the same order, so an exchange goes by its number. */
function sameExchanges(
  shown: readonly TranscriptLine[],
  reference: readonly TranscriptLine[],
): readonly TranscriptLine[] {
  const numbers = new Set(shown.map(({ exchange }) => exchange));
  const same = reference.filter(({ exchange }) => numbers.has(exchange));
  return same.length === 0 ? reference : same;
}
