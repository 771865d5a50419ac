/** RPL: what a resuming reader gets. */
import type { Frame, Seams } from '../seams.ts';
import type { Defects } from './defect.ts';
import { override } from './override.ts';
import { kept, withCursors, withOpening, withPolicy, withReplay, withStart } from './reading.ts';
import { withEncoder, withWire } from './texts.ts';

/** From the end of a replay to the start of live, where a server does the one after the other. */
const CHANGE_OVER_MS = 20;
/** Until such a sweep comes by. */
const SWEEP_MS = 500;
const never = new Promise<never>(() => undefined);

export const REPLAY: Defects = {
  'replay-deadlock': {
    description: 'a reconnect blocks for ever once more than 100 events wait for it',
    breaks: 'RPL-05',
    apply: (seams) =>
      withReplay(seams, (healthy) => async (job_id, after, limit) => {
        const page = await healthy.read(job_id, after, limit);
        return page !== null && page.job.last_event_id - after > 100 ? never : page;
      }),
  },
  'replay-blocks-others': {
    description: 'replays take turns under one lock, and a large one holds it for two seconds',
    breaks: 'RPL-05',
    apply: (seams) => {
      let turn: Promise<unknown> = Promise.resolve();
      return withReplay(seams, (healthy) => (job_id, after, limit) => {
        const mine = turn.then(async () => {
          const page = await healthy.read(job_id, after, limit);
          const large = page !== null && page.job.last_event_id - after > 100;
          if (large) await new Promise((resolve) => setTimeout(resolve, 2_000));
          return page;
        });
        turn = mine.catch(() => undefined);
        return mine;
      });
    },
  },
  'replay-truncated': {
    description: 'a replay stops silently after its first 500 events and goes on with the last',
    breaks: 'RPL-06',
    apply: (seams) =>
      withReplay(
        seams,
        (healthy) => async (job_id, after, limit) =>
          kept(await healthy.read(job_id, after, limit), (id, page) => id <= 500 || id === page.job.last_event_id),
      ),
  },
  'replay-from-hot-tail': {
    description: 'only the last 100 events are replayed to a late reader',
    breaks: 'RPL-02',
    apply: (seams) =>
      withReplay(
        seams,
        (healthy) => async (job_id, after, limit) =>
          kept(await healthy.read(job_id, after, limit), (id, page) => id > page.job.last_event_id - 100),
      ),
  },
  'replay-live-gap': {
    description: 'events committed between the end of a replay and the start of live are skipped',
    breaks: 'RPL-04',
    apply: (seams) => {
      const tailOf = async (job_id: string): Promise<number> => (await seams.store.job(job_id))?.last_event_id ?? 0;
      /** What was committed while a reader changed over; null until it has. */
      const seams_of = new WeakMap<object, { readonly from: number; readonly to: number } | null>();
      return withWire(seams, (healthy) => ({
        send: (link, block, done) => {
          if (block.kind !== 'frame') {
            healthy.send(link, block, done);
            return;
          }
          const frame = block as Frame;
          const seam = seams_of.get(link);
          if (seam === undefined && frame.to - frame.after > 1 && !frame.terminal) {
            seams_of.set(link, null);
            const before = tailOf(link.job_id);
            healthy.send(link, block, (error) => {
              setTimeout(() => {
                void Promise.all([before, tailOf(link.job_id)]).then(([from, to]) => {
                  seams_of.set(link, { from, to });
                  done(error);
                });
              }, CHANGE_OVER_MS);
            });
          } else if (seam && !frame.terminal && frame.after >= seam.from && frame.after < seam.to) setImmediate(done);
          else healthy.send(link, block, done);
        },
      }));
    },
  },
  'replay-live-double': {
    description: 'the last replayed event is sent again as the first live one',
    breaks: 'RPL-04',
    apply: (seams) =>
      withPolicy(seams, {
        advance: (frame) => (frame.to - frame.after > 1 && !frame.terminal ? frame.to - 1 : frame.to),
      }),
  },
  'double-by-sweep': {
    description: 'a sweep for what was missed sends each live event a second time, half a second later',
    breaks: 'RPL-01',
    apply: (seams) =>
      withWire(seams, (healthy) => ({
        send: (link, block, done) => {
          healthy.send(link, block, done);
          const frame = block as Frame;
          if (block.kind !== 'frame' || frame.terminal || frame.to - frame.after > 1) return;
          setTimeout(() => {
            if (!link.socket.destroyed && !link.response.writableEnded) healthy.send(link, block, () => undefined);
          }, SWEEP_MS).unref();
        },
      })),
  },
  'resume-inclusive': {
    description: 'a resume repeats the event of its own cursor',
    breaks: 'RPL-03',
    apply: (seams) => withStart(seams, (after) => after - 1),
  },
  'resume-skips-at-batch-boundary': {
    description: 'a resume at a multiple of 100 skips one event',
    breaks: 'RPL-03',
    apply: (seams) =>
      withStart(seams, (after, tail) => (after > 0 && after % 100 === 0 && after < tail ? after + 1 : after)),
  },
  'last-event-id-ignored': {
    description: 'a resume starts over from the first event',
    breaks: 'RPL-03',
    apply: (seams) => withStart(seams, () => 0),
  },
  'lexicographic-cursors': {
    description: 'cursors are compared as texts, so 9 is ahead of 10',
    breaks: 'RPL-25',
    apply: (seams) =>
      withCursors(seams, (healthy) => ({
        open: (job, cursor) =>
          cursor !== null && String(cursor) > String(job.last_event_id) ? { kind: 'ahead' } : healthy.open(job, cursor),
      })),
  },
  'lenient-cursors': {
    description: 'a cursor is read with parseInt: 10abc is 10, 1e3 is 1, 0x10 is 0',
    breaks: 'RPL-13',
    apply: (seams) =>
      withCursors(seams, () => ({
        parse: (text) => {
          const number = Number.parseInt(text, 10);
          return Number.isNaN(number) || number < 0 ? null : number;
        },
      })),
  },
  'bad-cursor-starts-over': {
    description: 'a cursor that cannot be used silently starts from the oldest event',
    breaks: 'RPL-16',
    apply: (seams) => withOpening(seams, 'ahead', () => ({ kind: 'follow', after: 0 })),
  },
  'ahead-waits-silently': {
    description: 'a cursor ahead of the tail is followed in silence',
    breaks: 'RPL-14',
    apply: (seams) => withOpening(seams, 'ahead', (_, cursor) => ({ kind: 'follow', after: cursor })),
  },
  'evicted-cursor-silent': {
    description: 'an evicted cursor goes on at the oldest kept event without a word',
    breaks: 'RPL-15',
    apply: (seams) =>
      withOpening(seams, 'evicted', (opening) => ({
        kind: 'follow',
        after: opening.kind === 'evicted' ? opening.earliest - 1 : 0,
      })),
  },
  'evicted-names-its-status': {
    description: 'the answer to an evicted cursor names its own status where the earliest kept id belongs',
    breaks: 'RPL-15',
    apply: (seams) => withOpening(seams, 'evicted', () => ({ kind: 'evicted', earliest: 410 })),
  },
  'stolen-events': {
    description: 'subscribers share one queue: a frame goes to the first who takes it',
    breaks: 'RPL-23',
    apply: (seams) => {
      const taken = new WeakSet<Buffer>();
      return withWire(seams, (healthy) => ({
        send: (link, block, done) => {
          if (block.kind === 'frame' && taken.has(block.body)) setImmediate(done);
          else {
            taken.add(block.body);
            healthy.send(link, block, done);
          }
        },
      }));
    },
  },
  'second-evicts-first': {
    description: 'a second subscriber of a stream ends the first',
    breaks: 'RPL-23',
    apply: (seams) => {
      const latest = new Map<string, Parameters<Seams['wire']['end']>[0]>();
      return withWire(seams, (healthy) => ({
        open: (link, headers) => {
          const first = latest.get(link.job_id);
          latest.set(link.job_id, link);
          if (first !== undefined && !first.socket.destroyed) first.socket.destroy();
          healthy.open(link, headers);
        },
      }));
    },
  },
  'query-cursor-wins': {
    description: 'a cursor in the query wins over a newer Last-Event-ID',
    breaks: 'RPL-24',
    apply: (seams) => ({
      ...seams,
      authenticator: {
        authenticate: (request) => {
          const inQuery =
            request.query.get('after') ?? request.query.get('cursor') ?? request.query.get('last_event_id');
          if (request.operation === 'stream' && inQuery !== null) delete request.headers['last-event-id'];
          return seams.authenticator.authenticate(request);
        },
      },
    }),
  },
  'unstable-ts': {
    description: 'ts is taken when an event is sent, so every replay tells another time',
    breaks: 'RPL-07',
    apply: (seams) =>
      withEncoder(seams, (healthy) => ({
        event: (job_id, event) => healthy.event(job_id, { ...event, ts: seams.clock.now_ms() + event.id }),
      })),
  },
  'stale-wake-up': {
    description: 'an instance never hears of what another one appended',
    breaks: 'RPL-27',
    apply: (seams) => ({
      ...seams,
      wake: override(seams.wake, { hinted: () => undefined, polled: () => undefined }),
    }),
  },
  'lost-last-wake-up': {
    description: 'hints that come close together are merged into the first, and nothing polls beneath them',
    breaks: 'RPL-27',
    apply: (seams) => {
      let quiet_until_ms = 0;
      return {
        ...seams,
        wake: override(seams.wake, {
          hinted: (followers, change) => {
            if (seams.clock.monotonic_ms() < quiet_until_ms) return;
            quiet_until_ms = seams.clock.monotonic_ms() + 50;
            seams.wake.hinted(followers, change);
          },
          polled: () => undefined,
        }),
      };
    },
  },
  'slow-replay': {
    description: 'every page of a replay takes a second and a half',
    breaks: 'RPL-26',
    apply: (seams) =>
      withReplay(seams, (healthy) => async (job_id, after, limit) => {
        const page = await healthy.read(job_id, after, Math.min(limit, 150));
        if (page !== null && page.events.length > 100) await new Promise((resolve) => setTimeout(resolve, 1_500));
        return page;
      }),
  },
  'instance-local-cursors': {
    description: 'a cursor that this instance has not handed out itself is taken for the tail',
    breaks: 'RPL-11',
    apply: (seams) => {
      const handed = new Map<string, number>();
      return withCursors(
        {
          ...seams,
          wire: override(seams.wire, {
            send: (link, block, done) => {
              if (block.kind === 'frame') handed.set(link.job_id, (block as { to?: number }).to ?? 0);
              seams.wire.send(link, block, done);
            },
          }),
        },
        (healthy) => ({
          open: (job, cursor) =>
            cursor !== null && cursor > 0 && (handed.get(job.job_id) ?? 0) < cursor && cursor < job.last_event_id
              ? { kind: 'follow', after: job.last_event_id }
              : healthy.open(job, cursor),
        }),
      );
    },
  },
};
