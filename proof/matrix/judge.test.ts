import t from 'tap';
import type { CheckResult, Outcome } from '../../harness/result.ts';
import type { Mutant } from '../mutant.ts';
import { BROAD, isComplete, judgeMutant, summaryLine, type MatrixSummary } from './judge.ts';

function result(id: string, outcome: Outcome, evidence: CheckResult['evidence'] = {}): CheckResult {
  return {
    id,
    rows: ['RPL-01'],
    level: 'MUST',
    outcome,
    reason: outcome === 'fail' ? 'lost' : null,
    expected: null,
    observed: null,
    evidence,
    transcript: [],
    waterfall: [],
    reference_transcript: null,
    replay: null,
    curl: null,
    expected_failure: null,
    duration_ms: 1,
    repeats: null,
  };
}

const MUTANT: Mutant = {
  name: 'drops-seven',
  kind: 'defect',
  description: 'event 7 is lost',
  killed_by: 'named',
  also: ['declared'],
  witness: (failure) => failure.evidence['id'] === 7,
};

t.test('killed: the named check failed and shows what was planted', async (t) => {
  const verdict = judgeMutant(MUTANT, [
    result('named', 'fail', { id: 7 }),
    result('declared', 'fail'),
    result('x', 'pass'),
  ]);
  t.match(verdict, { killed: true, problem: null, failed: ['named', 'declared'], surprises: [] });
});

t.test('not killed by another check, by another reason, or by nothing observed', async (t) => {
  t.match(judgeMutant(MUTANT, [result('named', 'pass'), result('other', 'fail', { id: 7 })]), {
    killed: false,
    problem: 'named was pass',
    surprises: ['other'],
  });
  t.match(judgeMutant(MUTANT, [result('named', 'fail', { id: 8 })]), { killed: false, problem: /another reason/ });
  t.match(judgeMutant(MUTANT, [result('named', 'inconclusive')]), { killed: false, problem: 'named was inconclusive' });
  t.match(judgeMutant(MUTANT, []), { killed: false, problem: 'named did not run' });
});

t.test('a broad mutant kills its named check alone and surprises nobody', async (t) => {
  const others = Array.from({ length: BROAD }, (_, index) => result(`other-${index}`, 'fail'));
  const broad = judgeMutant(MUTANT, [result('named', 'fail', { id: 7 }), ...others]);
  t.match(broad, { killed: true, surprises: [] });
  t.equal(judgeMutant(MUTANT, [result('named', 'fail', { id: 7 }), ...others.slice(1)]).surprises.length, BROAD - 1);
});

t.test('the matrix is complete only when every count is', async (t) => {
  const whole: MatrixSummary = {
    killed: 2,
    mutants: 2,
    checks_with_killer: 3,
    checks: 3,
    neutral_green: 1,
    neutrals: 1,
    clean_failures: 0,
  };
  t.ok(isComplete(whole));
  t.equal(
    summaryLine(whole),
    'kill matrix: 2/2 killed by name, 3/3 checks have a killer, 1/1 neutral green, 0 clean failures',
  );
  for (const flaw of [{ killed: 1 }, { checks_with_killer: 2 }, { neutral_green: 0 }, { clean_failures: 1 }]) {
    t.notOk(isComplete({ ...whole, ...flaw }), JSON.stringify(flaw));
  }
  t.notOk(isComplete({ ...whole, killed: 0, mutants: 0 }), 'a matrix without mutants proves nothing');
});
