/** What a stopwatch can tell. */
import { defineCheck, type Check } from '../../harness/check.ts';
import type { Lab } from '../../harness/lab.ts';
import { oneInstance } from '../support/direct.ts';
import { unknownStream } from '../support/unknown-stream.ts';

const PAIRS = 40;
/** Differences below this are noise on any machine that runs a test. */
const NOTABLE_MS = 8;
/** Share of pairs in which the slower kind must be slower before chance is excluded (binomial, p < 10^-5). */
const CONSISTENT = 0.85;

const foreignTiming = defineCheck({
  id: 'foreign-timing',
  rows: ['ISO-04'],
  title: `Times ${PAIRS} refusals of a foreign stream against as many of unknown ones, in pairs`,
  needs: { operations: ['create', 'snapshot'], capabilities: ['accounts'], accounts: 2 },
  isolation: 'timing',
  costs: { streams: 1, connections: 2 },
  run: async (lab: Lab) => {
    const stream = await lab.start({}, oneInstance(lab));
    await lab.snapshot(stream, oneInstance(lab));
    const { dialect } = lab.target;
    using connection = closing(lab.connection(oneInstance(lab).via));
    let pair_shown: number[] = [];
    const refused_ms = async (id: string): Promise<number> => {
      const route = { ...oneInstance(lab), account: lab.account(1), connection: connection.value };
      const { sent_ms, ended_ms, end, status, number } = await lab.http(dialect.snapshot(id), route);
      lab.given(end === 'complete' && status === 404, 'no-answer', `a refusal was answered ${status} (${end})`);
      pair_shown = [...pair_shown, number].slice(-2);
      return ended_ms - sent_ms;
    };
    await refused_ms(stream.id);
    const differences: number[] = [];
    for (let pair = 0; pair < PAIRS; pair += 1) {
      // Which goes first is drawn, so that a warm cache favours neither.
      const foreignFirst = lab.random.next() < 0.5;
      const unknown = unknownStream(lab, stream.id);
      const first = await refused_ms(foreignFirst ? stream.id : unknown);
      const second = await refused_ms(foreignFirst ? unknown : stream.id);
      differences.push(foreignFirst ? first - second : second - first);
    }
    const sorted = differences.toSorted((a, b) => a - b);
    const median_ms = sorted[Math.floor(PAIRS / 2)] ?? 0;
    const agreeing = differences.filter((difference) => difference > 0 === median_ms > 0).length / PAIRS;
    lab.expect(Math.abs(median_ms) < NOTABLE_MS || agreeing < CONSISTENT, {
      reason: 'timing-tells',
      expected: `no consistent difference of ${NOTABLE_MS} ms or more between foreign and unknown streams`,
      observed: `a foreign stream is refused ${median_ms.toFixed(1)} ms ${median_ms > 0 ? 'slower' : 'faster'}, in ${(agreeing * 100).toFixed(0)} % of pairs`,
      evidence: { median_difference_ms: Math.round(median_ms), agreeing_pairs: agreeing, stream: stream.id },
      exchanges: pair_shown,
    });
  },
});

function closing<T extends { close(): void }>(value: T): { readonly value: T; [Symbol.dispose](): void } {
  return {
    value,
    [Symbol.dispose]: () => {
      value.close();
    },
  };
}

export const TIMING: readonly Check[] = [foreignTiming];
