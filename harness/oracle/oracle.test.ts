import t from 'tap';
import { Random } from '../../spec/random.ts';
import type { HistoryRecord } from '../history.ts';
import { DEFAULT_LIMITS, type OracleLimits } from './limits.ts';
import { createOracle, judge } from './oracle.ts';
import { DECLARED, HistoryBuilder } from './test-support/history-builder.ts';
import { simulate } from './test-support/simulate.ts';
import { INVARIANTS } from './verdict.ts';

const history = (): HistoryBuilder => new HistoryBuilder();

t.test('an empty history says nothing about anything', async (t) => {
  const verdicts = judge([], { declared: DECLARED });
  t.strictSame(
    verdicts.map(({ invariant, name, verdict, unknown_because }) => [invariant, name, verdict, unknown_because]),
    Object.entries(INVARIANTS).map(([number, name]) => [Number(number), name, 'unknown', 'not-exercised']),
  );
});

t.test('a legal run may be stopped anywhere', async (t) => {
  for (let seed = 1; seed <= 400; seed += 1) {
    const { history: records, declared } = simulate(seed);
    const random = new Random(seed).fork('stop');
    for (let tries = 0; tries < 3; tries += 1) {
      const stopped = records.slice(0, random.int(0, records.length));
      const blamed = judge(stopped, { declared }).find(({ verdict }) => verdict === false);
      if (blamed !== undefined) t.fail(`seed ${seed}, after ${stopped.length}: ${blamed.witness?.message ?? ''}`);
    }
  }
});

t.test('a full state makes verdicts unknown, never false', async (t) => {
  const reasons = new Set<string>();
  for (const name of Object.keys(DEFAULT_LIMITS) as (keyof OracleLimits)[]) {
    for (let seed = 1; seed <= 150; seed += 1) {
      const { history: records, declared } = simulate(seed);
      for (const limit of [1, 3]) {
        for (const { verdict, witness, unknown_because } of judge(records, { declared, limits: { [name]: limit } })) {
          if (verdict === false) t.fail(`${name} ${limit}, seed ${seed}: ${witness?.message ?? ''}`);
          if (unknown_because !== null) reasons.add(unknown_because);
        }
      }
    }
  }
  t.strictSame([...reasons].sort(), [
    'not-exercised',
    'too-many-doubtful-appends',
    'too-many-epochs',
    'too-many-events',
    'too-many-final-reads',
    'too-many-payload-texts',
    'too-many-pending-appends',
    'too-many-skipped-ranges',
    'too-many-streams',
    'too-many-subscriptions',
  ]);
});

t.test('what was found before the state was full stays found', async (t) => {
  const run = history().read([1, 1]).events(1, 200);
  t.equal(run.say(2, {}, { limits: { events: 1 } }), 'id-repeated 1');
  t.equal(run.say(3, {}, { limits: { events: 1 } }), 'unknown: too-many-events');
});

t.test('what does not rest on the full state keeps its verdict', async (t) => {
  const run = history().events(1, 100);
  run.add({
    kind: 'cursor-probe',
    at_ms: run.tick(),
    stream: 's',
    cursor: 'x',
    fault: 'malformed',
    answer: 'signalled',
  });
  t.equal(run.say(4, {}, { limits: { events: 1 } }), 'true');
});

t.test('what rests on the whole history does not say true without it', async (t) => {
  const said = new Map<number, Set<unknown>>();
  for (let seed = 1; seed <= 30; seed += 1) {
    const { history: records, declared } = simulate(seed);
    const unrecorded = { kind: 'append-result', at_ms: 0, op: 'nobody', outcome: 'ok', ids: [1] } as const;
    for (const { invariant, verdict } of judge([unrecorded, ...records], { declared })) {
      said.set(invariant, (said.get(invariant) ?? new Set()).add(verdict));
    }
  }
  t.strictSame(
    [...said].filter(([, verdicts]) => verdicts.has(true)).map(([invariant]) => invariant),
    [4, 9, 10],
  );
});

t.test('a delivery nobody subscribed to cannot be judged', async (t) => {
  const event = { id: 1, payload: 'x', terminal: false, epoch: null, nonce: null };
  const run = history()
    .read([1, 2])
    .add({ kind: 'deliver', at_ms: 9, subscription: 'nobody', ...event });
  t.equal(run.say(2), 'unknown: unrecorded-subscription');
  t.equal(
    history()
      .read([1, 2])
      .add({ kind: 'append-result', at_ms: 9, op: 'x', outcome: 'ok', ids: [1] })
      .say(2),
    'unknown: unrecorded-append',
  );
});

t.test('many short subscriptions are forgotten without harm', async (t) => {
  const run = history().events(1, 1);
  for (let id = 1; id <= 50; id += 1) {
    run.events(id + 1, id + 1).read([id, id + 1], { lineage: `l${id}`, cursor: id - 1 });
  }
  t.equal(run.say(1, {}, { limits: { ended_readers: 2, lineages: 2, idempotency_keys: 1 } }), 'true');
  t.equal(run.say(2, {}, { limits: { ended_readers: 2, lineages: 2 } }), 'true');
});

t.test('judging leaves the history as it was, and says the same again', async (t) => {
  const { history: records, declared } = simulate(7);
  const before = JSON.stringify(records);
  const first = judge(records, { declared });
  t.equal(JSON.stringify(records), before);
  t.strictSame(judge(records, { declared }), first);
});

t.test('a witness comes from the history when there is one, also when it was read again', async (t) => {
  const run = history().events(1, 3).read([1, 2, 2, 3]);
  const witnessOf = (again?: Iterable<HistoryRecord>) => {
    const oracle = createOracle({ declared: DECLARED });
    for (const record of run.records) oracle.step(record);
    return oracle.finish(again).find(({ invariant }) => invariant === 2)?.witness;
  };
  t.match(witnessOf()?.records, [{ kind: 'deliver', id: 2 }], 'the one that gave it away');
  t.equal(witnessOf()?.records.length, 1);
  t.strictSame(witnessOf()?.waterfall, []);
  const again = run.records.map((record) => JSON.parse(JSON.stringify(record)) as HistoryRecord);
  for (const records of [run.records, again]) {
    const witness = witnessOf(records);
    t.strictSame(
      witness?.records.map((record) => (record.kind === 'deliver' ? record.id : record.kind)),
      ['append', 'append-result', 'subscribe', 1, 2, 2, 3, 'end'],
    );
    t.match(
      witness?.waterfall.filter(({ lane, id }) => lane === 'r4' && id === 2),
      [{ mark: 'ok' }, { mark: 'doubled' }],
    );
  }
});

t.test('a violation that repeats for ever is counted and shown once', async (t) => {
  const run = history().read(Array.from({ length: 1000 }, () => 1));
  const { violations, witness } = run.verdict(2);
  t.equal(violations, 999);
  t.ok((witness?.records.length ?? 0) <= 24);
});
