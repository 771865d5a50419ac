/** A fold over the samples of one kind, each of which carries its own bound. Invariants 9 and 10. */
import type { SampleRecord } from '../../history.ts';
import type { Fold } from '../fold.ts';
import { Findings } from '../verdict.ts';

export function boundedSamples(reason: string, judges: (record: SampleRecord) => boolean): Fold {
  const findings = new Findings();
  let exercised = false;
  return {
    findings,
    on: {
      sample: (record) => {
        if (!judges(record)) return;
        exercised = true;
        if (record.value <= record.bound) return;
        findings.add(reason, () => ({
          expected: `${record.metric} (${record.phase}) at most ${record.bound}`,
          observed: `${record.value}`,
          at_ms: record.at_ms,
          record,
        }));
      },
    },
    exercised: () => exercised,
  };
}
