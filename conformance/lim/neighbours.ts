/** What a reader that takes nothing costs the others, and the server. */
import { defineCheck, type Check } from '../../harness/check.ts';
import type { Lab, Route, StreamHandle } from '../../harness/lab.ts';
import { BACKLOG_BYTES, largeEvent, pileUp } from '../support/backlog.ts';
import { oneInstance } from '../support/direct.ts';
import { arrives, followed } from '../support/followed.ts';
import { metric } from '../support/metrics.ts';

/** What an upload of this size takes by itself, the store and the way there included, is no delay. */
const SLOWER = 3;
const UPLOADS = 2;

async function undelayed_ms(lab: Lab, stream: StreamHandle, route: Route): Promise<number> {
  let longest_ms = 0;
  for (let upload = 0; upload < UPLOADS; upload += 1) {
    const { exchange, outcome } = await lab.tryAppend(stream, [largeEvent(lab)], {}, route);
    lab.given(outcome === 'ok', 'setup-append', `an append was answered ${exchange.status}`);
    longest_ms = Math.max(longest_ms, exchange.ended_ms - exchange.sent_ms);
  }
  return Math.round(longest_ms);
}

const undisturbed = defineCheck({
  id: 'stalled-reader-delays-nobody',
  rows: ['LIM-13'],
  title: 'Lets one reader take nothing while others follow the same stream and another one, and times what they get',
  needs: { operations: ['create', 'append', 'subscribe'] },
  isolation: 'timing',
  costs: { streams: 2, connections: 6 },
  run: async (lab: Lab) => {
    const route = oneInstance(lab);
    await using other = await followed(lab, route);
    const bound_ms = Math.max(
      lab.target.times.event_latency_ms,
      SLOWER * (await undelayed_ms(lab, other.stream, route)),
    );
    await using stalled = await followed(lab, route);
    const { stream } = stalled;
    await using healthy = lab.subscribe(stream, route);
    stalled.subscription.stall();

    await pileUp(lab, stream, BACKLOG_BYTES, (id, took_ms) => {
      lab.expect(took_ms <= bound_ms, {
        reason: 'append-delayed',
        expected: `an append acknowledged within ${bound_ms} ms beside a stalled reader`,
        observed: `${Math.round(took_ms)} ms for event ${id}`,
        evidence: { delayed: 'append', id, took_ms: Math.round(took_ms), stream: stream.id },
      });
    });
    for (const [who, reader, of] of [
      ['another stream', other.subscription, other.stream],
      ['the same stream', healthy, stream],
    ] as const) {
      for (const event of [largeEvent(lab), ...lab.events(1)]) {
        const { exchange, ids, outcome } = await lab.tryAppend(of, [event], {}, route);
        lab.given(outcome === 'ok', 'setup-append', `an append was answered ${exchange.status}`);
        const took_ms = Math.round(exchange.ended_ms - exchange.sent_ms);
        const id = ids.at(-1) ?? 0;
        const came = took_ms <= bound_ms && (await arrives(reader, id, bound_ms));
        lab.expect(came, {
          reason: 'reader-delayed',
          expected: `an event of ${who} acknowledged and delivered within ${bound_ms} ms each`,
          observed: `event ${id}: acknowledged after ${took_ms} ms, last delivered ${reader.events.at(-1)?.id ?? 'none'}`,
          evidence: { delayed: who, id, took_ms, last_seen: reader.events.at(-1)?.id ?? null, stream: of.id },
          exchanges: [reader.number, exchange.number],
        });
      }
    }
  },
});

const bounded = defineCheck({
  id: 'stalled-reader-memory-bounded',
  rows: ['LIM-14'],
  title: 'Lets a reader take nothing of a stream that goes on, and watches the bytes that wait for it',
  needs: { operations: ['create', 'append', 'subscribe'], capabilities: ['metrics'], instances: 1 },
  // The number counts everybody's bytes.
  isolation: 'timing',
  costs: { streams: 1, connections: 4 },
  run: async (lab: Lab) => {
    const before_bytes = await metric(lab, 'reader_queued_bytes');
    await using stalled = await followed(lab, oneInstance(lab));
    const { stream, subscription } = stalled;
    subscription.stall();
    const last = await pileUp(lab, stream, BACKLOG_BYTES);
    const queued_bytes = (await metric(lab, 'reader_queued_bytes')) - before_bytes;
    lab.expect(queued_bytes <= BOUND_BYTES, {
      reason: 'queue-unbounded',
      expected: `at most ${BOUND_BYTES} bytes waiting for one reader`,
      observed: `${queued_bytes} bytes of ${BACKLOG_BYTES} after event ${last}`,
      evidence: { queued_bytes, appended_bytes: BACKLOG_BYTES, id: last, stream: stream.id },
      exchanges: [subscription.number],
    });
  },
});

/** More than any one write should be, less than what the kernels have left over. */
const BOUND_BYTES = BACKLOG_BYTES / 8;

export const NEIGHBOURS: readonly Check[] = [undisturbed, bounded];
