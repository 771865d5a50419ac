/** TRN and FLU: framing, headers, flush. */
import type { Frame, Link } from '../seams.ts';
import type { Defects } from './defect.ts';
import { override } from './override.ts';
import { reframed, withEncoder, withWire } from './texts.ts';

/** The event's text with its padding counted in: at least `bytes` long in all, its blank line last. */
function paddedBefore(text: string, bytes: number): string {
  const missing = Math.max(0, bytes - Buffer.byteLength(text) - 2);
  return `:${' '.repeat(missing)}\n${text}`;
}

/** For a write that its reader's subscription no longer waits for. */
const nobodyWaits = (): void => undefined;

/** How long a defect holds back what should leave at once. Longer than any latency that is asked for. */
const HELD_MS = 2_500;

const isFrame = (block: { readonly kind: string }): block is Frame => block.kind === 'frame';

export const TRANSPORT: Defects = {
  'heartbeat-with-id': {
    description: 'heartbeats carry an id: and move the client’s cursor',
    breaks: 'TRN-08',
    apply: (seams) =>
      withEncoder(seams, (healthy) => ({
        heartbeat: (cursor) => `id: ${cursor + 1}\n${healthy.heartbeat(cursor)}`,
      })),
  },
  'shared-id-batch': {
    description: 'events that leave in one write share the id of the last of them',
    breaks: 'TRN-09',
    apply: (seams) =>
      withWire(seams, (healthy) => ({
        send: (link, block, done) => {
          const batch = isFrame(block) && block.to - block.after > 1;
          const ids = (text: string): string => text.replace(/^id: \d+$/gm, `id: ${batch ? block.to : ''}`);
          healthy.send(link, batch ? reframed(block, Buffer.from(ids(block.body.toString()))) : block, done);
        },
      })),
  },
  'event-name-forgery': {
    description: 'the type is written into the frame as it came, line breaks included',
    breaks: 'TRN-10',
    apply: (seams) =>
      withEncoder(seams, (healthy) => ({
        event: (job_id, event) =>
          /[\r\n]/.test(event.type)
            ? `event: ${event.type}\n${healthy.event(job_id, event)}`
            : healthy.event(job_id, event),
      })),
  },
  'payload-newline': {
    description: 'line breaks in a payload reach the frame unescaped',
    breaks: 'TRN-10',
    apply: (seams) =>
      withEncoder(seams, (healthy) => ({
        event: (job_id, event) => healthy.event(job_id, event).replaceAll('\\n', '\n'),
      })),
  },
  'lossy-numbers': {
    description: 'payloads pass through doubles, so 2^53 + 1 becomes its neighbour',
    breaks: 'TRN-11',
    apply: (seams) =>
      withEncoder(seams, (healthy) => ({
        event: (job_id, event) =>
          healthy.event(job_id, { ...event, payload_json: JSON.stringify(JSON.parse(event.payload_json)) }),
      })),
  },
  'split-characters': {
    description: 'a write of more than 1,000 bytes is decoded in parts, which breaks characters at the seams',
    breaks: 'TRN-11',
    apply: (seams) =>
      withWire(seams, (healthy) => ({
        send: (link, block, done) => {
          let text = '';
          for (let at = 0; at < block.body.byteLength; at += 1_000) text += block.body.toString('utf8', at, at + 1_000);
          healthy.send(link, reframed(block, Buffer.from(text)), done);
        },
      })),
  },
  'line-separator-splits': {
    description: 'U+2028 is taken for a line end inside data',
    breaks: 'TRN-11',
    apply: (seams) =>
      withEncoder(seams, (healthy) => ({
        event: (job_id, event) => healthy.event(job_id, event).replaceAll('\u2028', '\ndata: '),
      })),
  },
  'heartbeat-inside-frame': {
    description: 'a heartbeat with its blank line is written between the id and the data of every third live event',
    breaks: 'TRN-13',
    apply: (seams) =>
      withWire(seams, (healthy) => ({
        send: (link, block, done) => {
          const beaten = isFrame(block) && block.to - block.after === 1 && block.to % 3 === 0;
          const torn = (text: string): string => text.replace(/\ndata:/, '\n: keep-alive\n\ndata:');
          healthy.send(link, beaten ? reframed(block, Buffer.from(torn(block.body.toString()))) : block, done);
        },
      })),
  },
  'no-heartbeat': {
    description: 'an idle stream gets no heartbeat',
    breaks: 'TRN-14',
    apply: (seams) => ({ ...seams, subscription: override(seams.subscription, { heartbeatDue: () => false }) }),
  },
  'blank-heartbeat': {
    description: 'heartbeats are blank lines, which proxies forward and no client can see',
    breaks: 'TRN-14',
    apply: (seams) => withEncoder(seams, () => ({ heartbeat: () => '\n' })),
  },
  'rare-heartbeat': {
    description: 'heartbeats come at three times the declared interval',
    breaks: 'TRN-14',
    apply: (seams, config) => ({
      ...seams,
      subscription: override(seams.subscription, {
        heartbeatDue: (reader, now_ms) => !reader.writing && now_ms - reader.active_ms >= 3 * config.heartbeat_ms,
      }),
    }),
  },
  'reset-at-end': {
    description: 'a finished stream is cut with a reset instead of ended',
    breaks: 'TRN-15',
    apply: (seams) =>
      withWire(seams, () => ({
        end: (link) => {
          link.socket.resetAndDestroy();
        },
      })),
  },
  'event-name-lines': {
    description: 'every event is sent under an event: name of its own, so onmessage never sees it',
    breaks: 'TRN-16',
    apply: (seams) =>
      withEncoder(seams, (healthy) => ({
        event: (job_id, event) =>
          /[\r\n]/.test(event.type)
            ? healthy.event(job_id, event)
            : `event: ${event.type}\n${healthy.event(job_id, event)}`,
      })),
  },
  'ingress-buffer-4k': {
    description: 'frames are padded to 2 KB, below what the ingress waits for',
    breaks: 'FLU-01',
    apply: (seams) =>
      withEncoder(seams, (healthy) => ({
        event: (job_id, event) => paddedBefore(healthy.event(job_id, event), 2_048),
        padding: () => '',
      })),
  },
  'padding-counted-in': {
    description: 'frames are padded to the threshold with the event counted in and the padding before it',
    breaks: 'FLU-02',
    apply: (seams, config) =>
      withEncoder(seams, (healthy) => ({
        event: (job_id, event) => paddedBefore(healthy.event(job_id, event), config.flush_bytes),
        padding: () => '',
      })),
  },
  'padding-as-events': {
    description: 'padding is sent as data and dispatched as an empty event',
    breaks: 'FLU-03',
    apply: (seams, config) =>
      withEncoder(seams, () => ({ padding: () => `data: ${' '.repeat(config.flush_bytes)}\n\n` })),
  },
  'padding-in-data': {
    description: 'padding is blanks behind the JSON text of an event',
    breaks: 'FLU-03',
    apply: (seams, config) =>
      withEncoder(seams, (healthy) => ({
        event: (job_id, event) =>
          healthy.event(job_id, event).replace(/\n\n$/, `${' '.repeat(config.flush_bytes)}\n\n`),
        padding: () => '',
      })),
  },
  'terminal-unpadded': {
    description: 'the terminal event is not padded and the stream lingers after it',
    breaks: 'FLU-04',
    apply: (seams) => {
      const finished = new WeakSet<Link>();
      return withWire(seams, (healthy) => ({
        send: (link, block, done) => {
          const whole = isFrame(block) && block.terminal ? block.body.indexOf('\n\n:') : -1;
          if (whole >= 0) finished.add(link);
          healthy.send(link, whole < 0 ? block : reframed(block, block.body.subarray(0, whole + 2)), done);
        },
        end: (link) => {
          const lingers_ms = finished.has(link) ? HELD_MS : 0;
          setTimeout(() => {
            healthy.end(link);
          }, lingers_ms).unref();
        },
      }));
    },
  },
  'slow-fan-out': {
    description: 'every event after a stream’s first reaches its readers two and a half seconds late',
    breaks: 'FLU-05',
    apply: (seams) =>
      withWire(seams, (healthy) => ({
        send: (link, block, done) => {
          if (!isFrame(block) || block.after === 0) {
            healthy.send(link, block, done);
            return;
          }
          // Taken for sent: else the reader would count as stalled.
          setImmediate(done);
          setTimeout(() => {
            healthy.send(link, block, nobodyWaits);
          }, HELD_MS).unref();
        },
      })),
  },
  'flush-in-pairs': {
    description: 'a live event is held until the next one comes',
    breaks: 'FLU-06',
    apply: (seams) => {
      const held = new WeakMap<Link, Frame>();
      return withWire(seams, (healthy) => ({
        send: (link, block, done) => {
          const before = held.get(link);
          if (!isFrame(block)) {
            healthy.send(link, block, done);
          } else if (before !== undefined) {
            held.delete(link);
            healthy.send(link, before, nobodyWaits);
            healthy.send(link, block, done);
          } else if (block.after === 0 || block.terminal || block.to - block.after > 1) {
            healthy.send(link, block, done);
          } else {
            held.set(link, block);
            setImmediate(done);
          }
        },
      }));
    },
  },
};
