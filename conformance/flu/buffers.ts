/** Events through an ingress that buffers. */
import { buffering, type BufferingOptions } from '../../chaos/index.ts';
import { defineCheck, type Check } from '../../harness/check.ts';
import type { Lab } from '../../harness/lab.ts';
import type { RowId } from '../../spec/row.ts';
import { arrives, attachBound, opensAsStream } from '../support/followed.ts';
import { proxied } from '../support/proxied.ts';

/** What a Cloud Run ingress waits for (seed 004 §1), and the size of an nginx buffer. */
const INGRESS_BUFFER_BYTES = 4_096;
/** Around the threshold, around what frames padded to 2 KB would pass, and far beyond one buffer. */
const SIZES_BYTES = [50, 500, 1_900, 2_100, 3_900, 4_100, 4_300, 6_000, 8_300, 12_000, 40_000];

interface Hop {
  readonly id: string;
  readonly row: RowId;
  readonly mode: BufferingOptions['mode'];
}

const HOPS: readonly Hop[] = [
  { id: 'flush-threshold-buffer', row: 'FLU-01', mode: 'threshold' },
  { id: 'flush-block-buffer', row: 'FLU-02', mode: 'block' },
];

const sweeps = HOPS.map((hop) =>
  defineCheck({
    id: hop.id,
    rows: [hop.row],
    title: `Sends events of 50 B to 40 KB one by one through a ${hop.mode} buffer of ${INGRESS_BUFFER_BYTES} bytes`,
    needs: { operations: ['create', 'append', 'subscribe'], capabilities: ['padding'], instances: 1 },
    isolation: 'shared',
    costs: { streams: 1, connections: 3 },
    run: (lab) => sweep(lab, hop),
  }),
);

/** Past our own ingress: the hop in question is the only one. Instances need not share a store, so everything is. */
const PAST_INGRESS = { via: 0 } as const;

async function sweep(lab: Lab, { mode }: Hop): Promise<void> {
  const stream = await lab.start({}, PAST_INGRESS);
  await using beside = lab.subscribe(stream, PAST_INGRESS);
  await opensAsStream(lab, beside);
  await using hop = await proxied(lab, direct(lab), [buffering({ mode, bytes: INGRESS_BUFFER_BYTES })]);
  await using subscription = lab.subscribe(stream, hop.route);
  const within_ms = lab.target.times.event_latency_ms;
  for (const bytes of SIZES_BYTES) {
    const [id] = await lab.append(stream, lab.events(1, bytes), PAST_INGRESS);
    const came = await arrives(subscription, id, within_ms);
    lab.expect(came, {
      reason: 'event-held-by-buffer',
      expected: `an event of ${bytes} bytes through a ${mode} buffer within ${within_ms} ms`,
      observed: `event ${id ?? '?'} of ${bytes} bytes was held back`,
      evidence: { id: id ?? null, payload_bytes: bytes, mode, stream: stream.id },
      exchanges: [subscription.number],
    });
  }
}

function direct(lab: Lab): URL {
  return lab.target.instances[0]?.url ?? lab.target.url;
}

const terminalFlushed = defineCheck({
  id: 'flush-terminal',
  rows: ['FLU-04'],
  title: 'Ends a stream behind a threshold buffer and waits for its terminal event and its end',
  needs: { operations: ['create', 'append', 'subscribe'], capabilities: ['padding'], instances: 1 },
  isolation: 'shared',
  costs: { streams: 1, connections: 2 },
  run: async (lab: Lab) => {
    const stream = await lab.start({}, PAST_INGRESS);
    const faults = [buffering({ mode: 'threshold', bytes: INGRESS_BUFFER_BYTES })];
    await using hop = await proxied(lab, direct(lab), faults);
    await using subscription = lab.subscribe(stream, hop.route);
    const { status } = await subscription.opened;
    lab.given(status === 200, 'setup-subscribe', `a reader behind the buffer was answered ${status}`);
    const within_ms = lab.target.times.event_latency_ms;
    const [id] = await lab.append(stream, [lab.target.dialect.terminal], PAST_INGRESS);
    const came = await arrives(subscription, id, within_ms);
    lab.expect(came, {
      reason: 'terminal-held-by-buffer',
      expected: `the terminal event within ${within_ms} ms`,
      observed: `terminal event ${id ?? '?'} was held back`,
      evidence: { id: id ?? null, end: subscription.end },
      exchanges: [subscription.number],
    });
    const ended = await subscription.until(({ end }) => end !== null, within_ms);
    lab.expect(ended, {
      reason: 'end-held-by-buffer',
      expected: `the end of the stream within ${within_ms} ms of its terminal event`,
      observed: 'the stream stayed open',
      evidence: { id: id ?? null, end: subscription.end },
      exchanges: [subscription.number],
    });
  },
});

/** So many blanks are padding; a few may stand around any JSON text. */
const PADDING_BYTES = 64;

function blanksAround(data: string): number {
  return data.length - data.trim().length;
}

const paddingComments = defineCheck({
  id: 'padding-comments-only',
  rows: ['FLU-03'],
  title: 'Looks for blank events, cursor moves and long blanks in data among what a reader is sent',
  needs: { operations: ['create', 'append', 'subscribe'] },
  isolation: 'shared',
  costs: { streams: 1, connections: 2 },
  run: async (lab: Lab) => {
    const stream = await lab.start();
    await lab.append(stream, [...lab.events(3), lab.target.dialect.terminal]);
    await using subscription = lab.subscribe(stream);
    await subscription.finished(attachBound(lab));
    lab.given(subscription.events.length > 0, 'setup-subscribe', 'a reader was sent no event');
    const blank = subscription.items.find(
      (item) =>
        (item.kind === 'event' && (item.data.trim() === '' || blanksAround(item.data) >= PADDING_BYTES)) ||
        (item.kind === 'silent' && item.has_id),
    );
    lab.expect(blank === undefined, {
      reason: 'padding-dispatched',
      expected: 'padding in comments, which dispatch nothing',
      observed: `an event of ${(blank?.end_offset ?? 0) - (blank?.start_offset ?? 0)} bytes, blank or padded with blanks, at offset ${blank?.start_offset ?? 0}`,
      evidence: { offset: blank?.start_offset ?? null, bytes: (blank?.end_offset ?? 0) - (blank?.start_offset ?? 0) },
      exchanges: [subscription.number],
    });
  },
});

export const BUFFERS: readonly Check[] = [...sweeps, terminalFlushed, paddingComments];
