import t from 'tap';
import { judge } from './oracle.ts';
import { simulate } from './test-support/simulate.ts';

const SEEDS = 3000;

t.test('a legal history is never blamed, and none is judged in vain', async (t) => {
  const held = new Map<number, number>();
  let records = 0;
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const { history, declared } = simulate(seed);
    records += history.length;
    for (const { invariant, verdict, witness } of judge(history, { declared })) {
      if (verdict === false) {
        t.fail(`seed ${seed}, invariant ${invariant}: ${witness?.message ?? ''}`, { witness, declared });
        return;
      }
      if (verdict === true) held.set(invariant, (held.get(invariant) ?? 0) + 1);
    }
  }
  t.comment(`${records} records`);
  for (let invariant = 1; invariant <= 11; invariant += 1) {
    t.ok((held.get(invariant) ?? 0) > SEEDS / 10, `invariant ${invariant} held in ${held.get(invariant) ?? 0} runs`);
  }
});
