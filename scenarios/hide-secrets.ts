/** What a load found, with the secrets of its target hidden: before causes and headline are made of it. */
import type { Transcriber } from '../harness/client/transcriber.ts';
import type { Findings } from './verdict.ts';

export function hideSecrets<Found extends Pick<Findings, 'checks' | 'faults' | 'failure'>>(
  found: Found,
  transcribe: Pick<Transcriber, 'text' | 'members'>,
): Found {
  const shown = (text: string | null): string | null => (text === null ? null : transcribe.text(text));
  return {
    ...found,
    checks: found.checks.map((check) => ({
      ...check,
      expected: shown(check.expected),
      observed: shown(check.observed),
      evidence: transcribe.members(check.evidence),
      waterfall: check.waterfall.map((mark) => ({ ...mark, lane: transcribe.text(mark.lane) })),
    })),
    faults: found.faults.map((fault) => ({ ...fault, evidence: transcribe.text(fault.evidence) })),
    failure: shown(found.failure),
  };
}
