import t from 'tap';
import type { CheckResult } from '../../harness/result.ts';
import { because, showsId } from './witness.ts';
import type { Plant } from './wire-mutant.ts';

function failure(evidence: CheckResult['evidence'], text: string): CheckResult {
  return {
    id: 'a',
    rows: ['RPL-01'],
    level: 'MUST',
    outcome: 'fail',
    reason: 'wrong-resume',
    expected: null,
    observed: null,
    evidence,
    transcript: text === '' ? [] : [{ at_ms: 0, exchange: 1, direction: 'sent', text, offset: null }],
    waterfall: [],
    reference_transcript: null,
    replay: null,
    curl: null,
    expected_failure: null,
    duration_ms: 1,
    repeats: null,
  };
}

const PLANT: Plant = {
  at_ms: 0,
  exchange: 1,
  stream: 'job-1',
  id: 2,
  offset: null,
  header: null,
  status: null,
  detail: 'event 2 again',
};

t.test('what was planted in another stream than the failure’s proves nothing', async (t) => {
  for (const witness of [showsId, because('wrong-resume', showsId), because('wrong-resume')]) {
    t.equal(witness(failure({ id: 2 }, 'GET /api/jobs/job-1/stream HTTP/1.1'), [PLANT]), true);
    t.equal(witness(failure({ id: 2 }, 'GET /api/jobs/job-2/stream HTTP/1.1'), [PLANT]), false);
    t.equal(witness(failure({ id: 2, stream: 'job-2' }, 'GET /api/jobs/job-1/stream HTTP/1.1'), [PLANT]), false);
    t.equal(witness(failure({ id: 2 }, 'GET /api/jobs/job-2/stream'), [{ ...PLANT, stream: null }]), true);
  }
  t.equal(showsId(failure({ id: 3 }, 'GET /api/jobs/job-1/stream HTTP/1.1'), [PLANT]), false);
});
