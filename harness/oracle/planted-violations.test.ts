import t from 'tap';
import { Random } from '../../spec/random.ts';
import type { HistoryRecord } from '../history.ts';
import { ALL_INVARIANTS } from './invariants/index.ts';
import { judge } from './oracle.ts';
import type { Declared } from './state.ts';
import { INVARIANTS, type InvariantNumber, type Verdict } from './verdict.ts';
import { DELIVERY_PLANTS } from './test-support/plants-delivery.ts';
import { PROBING_PLANTS } from './test-support/plants-probing.ts';
import { READING_PLANTS } from './test-support/plants-reading.ts';
import { Scene, type Plant, type Planted } from './test-support/planting.ts';
import { simulate, type Simulated } from './test-support/simulate.ts';

const PLANTS = [...DELIVERY_PLANTS, ...READING_PLANTS, ...PROBING_PLANTS];
const RUNS_PER_KIND = 40;
const MAX_SEEDS = 3000;

/** The same histories serve every kind; whoever plants works on a copy. */
const histories: Simulated[] = [];
const simulatedOnce = (seed: number): Simulated => (histories[seed] ??= simulate(seed));

type Judge = (history: readonly HistoryRecord[], declared: Declared) => readonly Verdict[];
const whole: Judge = (history, declared) => judge(history, { declared });

interface Miss {
  readonly kind: string;
  readonly seed: number;
  readonly why: string;
}

type Objection = (plant: Plant, planted: Planted, verdicts: readonly Verdict[]) => string | null;

/** Plants one kind in as many histories as it takes; returns where there is something to object to the verdicts. */
function missesOf(
  plant: Plant,
  judgeHistory: Judge,
  objection: Objection,
  runs = RUNS_PER_KIND,
): { readonly misses: Miss[]; readonly planted: number } {
  const misses: Miss[] = [];
  let planted = 0;
  for (let seed = 1; planted < runs && seed <= MAX_SEEDS; seed += 1) {
    const simulated = simulatedOnce(seed);
    const violation = plant.plant(new Scene(simulated, new Random(seed).fork(plant.kind)));
    if (violation === null) continue;
    planted += 1;
    const why = objection(plant, violation, judgeHistory(violation.history, simulated.declared));
    if (why !== null) misses.push({ kind: plant.kind, seed, why });
  }
  return { misses, planted };
}

function whyMissed(plant: Plant, planted: Planted, verdicts: readonly Verdict[]): string | null {
  const verdict = verdicts.find(({ invariant }) => invariant === plant.invariant);
  if (verdict?.verdict !== false) return `invariant ${plant.invariant} is ${String(verdict?.verdict)}`;
  const { witness } = verdict;
  if (witness === null) return 'no witness';
  const { stream, ids, subscription } = planted;
  if (stream !== undefined && witness.stream !== stream) return `names stream ${String(witness.stream)}, not ${stream}`;
  if (ids !== undefined && !ids.includes(witness.id ?? 0)) return `names id ${String(witness.id)}, not ${ids.join()}`;
  if (subscription !== undefined && witness.subscription !== subscription) {
    return `names ${String(witness.subscription)}, not ${subscription}`;
  }
  return witness.records.length === 0 ? 'no records' : null;
}

const whyMissedOrUnjust: Objection = (plant, planted, verdicts) => {
  const allowed = [plant.invariant, ...(plant.also ?? [])];
  const innocent = verdicts.find(({ invariant, verdict }) => verdict === false && !allowed.includes(invariant));
  const unjust =
    innocent === undefined ? null : `invariant ${innocent.invariant}, too: ${innocent.witness?.message ?? ''}`;
  return whyMissed(plant, planted, verdicts) ?? unjust;
};

for (const plant of PLANTS) {
  t.test(`${plant.kind} is found by invariant ${plant.invariant}`, async (t) => {
    const { misses, planted } = missesOf(plant, whole, whyMissedOrUnjust);
    t.equal(planted, RUNS_PER_KIND, 'planted often enough');
    t.strictSame(misses.slice(0, 3), []);
  });
}

t.test('every invariant has a planted violation', async (t) => {
  t.strictSame(new Set(PLANTS.map(({ invariant }) => String(invariant))), new Set(Object.keys(INVARIANTS)));
  t.equal(new Set(PLANTS.map(({ kind }) => kind)).size, PLANTS.length);
});

/** Oracles with one thing wrong with them. The tests above would go red for each. */
const BROKEN: Readonly<Record<string, Judge>> = {
  ...Object.fromEntries(
    ALL_INVARIANTS.map(({ number }) => [
      `skips invariant ${number}`,
      (history: readonly HistoryRecord[], declared: Declared) =>
        judge(history, { declared, invariants: ALL_INVARIANTS.filter((invariant) => invariant.number !== number) }),
    ]),
  ),
  'ignores the last record': (history, declared) => whole(history.slice(0, -1), declared),
  'ignores the last event of each subscription': (history, declared) => {
    const last = new Map(
      history.map((record) => [
        'subscription' in record && record.kind === 'deliver' ? record.subscription : '',
        record,
      ]),
    );
    return whole(
      history.filter((record) => record.kind !== 'deliver' || last.get(record.subscription) !== record),
      declared,
    );
  },
  'ignores one lineage': (history, declared) => {
    const ignored = history.find((record) => record.kind === 'subscribe')?.lineage;
    const subscriptions = new Set(
      history.flatMap((record) =>
        record.kind === 'subscribe' && record.lineage === ignored ? [record.subscription] : [],
      ),
    );
    return whole(
      history.filter((record) => !('subscription' in record && subscriptions.has(record.subscription))),
      declared,
    );
  },
  'ignores final reads': (history, declared) => {
    const finals = new Set(
      history.flatMap((record) =>
        record.kind === 'subscribe' && record.mode === 'final' ? [record.subscription] : [],
      ),
    );
    return whole(
      history.filter((record) => !('subscription' in record && finals.has(record.subscription))),
      declared,
    );
  },
};

for (const [name, broken] of Object.entries(BROKEN)) {
  t.test(`an oracle that ${name} is caught`, async (t) => {
    const skipped = /^skips invariant (\d+)$/.exec(name)?.[1];
    const number = skipped === undefined ? null : (Number(skipped) as InvariantNumber);
    const suite = PLANTS.filter(({ invariant }) => number === null || invariant === number);
    const missed = suite
      .filter((plant) => missesOf(plant, broken, whyMissed, 15).misses.length > 0)
      .map(({ kind }) => kind);
    t.ok(missed.length > 0, `misses ${missed.join(', ')}`);
    if (number !== null) t.equal(missed.length, suite.length);
  });
}
