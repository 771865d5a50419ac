/** Violations of invariant 1: events that are lost, stored twice, stored although refused, or acknowledged wrongly. */
import type { ReadMode } from '../../history.ts';
import type { Plant, Planted, Scene, SeenReader } from './planting.ts';

/** An event in the middle of what a reader got, which others know of, too. */
function skipOne(scene: Scene, modes: readonly ReadMode[]): Planted | null {
  const place = scene.choose(
    scene.inMode(...modes).flatMap((reader) => {
      const { delivers, gapped, record } = reader;
      const stream = scene.stream(record.stream);
      const isPruned = scene.declared.history_limit !== null && record.cursor === 0;
      return delivers.flatMap((deliver, index) => {
        const { id } = deliver;
        if (id === null || gapped || (isPruned && index === 0)) return [];
        const others = delivers.filter((other) => other !== deliver);
        const isKnown = stream.acknowledged.has(id) || scene.delivered(stream, id).length > 1;
        const isFresh =
          id > record.cursor &&
          others.every((other, at) => other.id !== null && (at < index ? other.id < id : other.id > id));
        return isKnown && isFresh && index < delivers.length - 1 ? [{ deliver, id, stream: stream.name }] : [];
      });
    }),
  );
  if (place === null) return null;
  const { deliver, id, stream } = place;
  return { history: scene.without(deliver), stream, ids: [id], subscription: deliver.subscription };
}

function lastOf(reader: SeenReader): number {
  return Math.max(reader.record.cursor, ...reader.delivers.map(({ id }) => id ?? 0));
}

export const DELIVERY_PLANTS: readonly Plant[] = [
  { kind: 'live-event-lost', invariant: 1, plant: (scene) => skipOne(scene, ['sse']) },
  { kind: 'page-skips-event', invariant: 1, plant: (scene) => skipOne(scene, ['poll', 'long-poll']) },
  { kind: 'snapshot-torn', invariant: 1, plant: (scene) => skipOne(scene, ['snapshot']) },
  {
    kind: 'final-read-lacks-tail',
    invariant: 1,
    also: [7, 11],
    plant: (scene) => {
      const place = scene.choose(
        [...scene.streams.values()].flatMap((stream) =>
          scene.finalsWith(stream.tail, stream).flatMap((reader) => {
            const deliver = reader.delivers.at(-1);
            const isKnown = stream.acknowledged.has(stream.tail) || scene.delivered(stream, stream.tail).length > 1;
            return deliver?.id === stream.tail && isKnown ? [{ deliver, stream }] : [];
          }),
        ),
      );
      if (place === null) return null;
      const { deliver, stream } = place;
      return {
        history: scene.without(deliver),
        stream: stream.name,
        ids: [stream.tail],
        subscription: deliver.subscription,
      };
    },
  },
  {
    kind: 'attached-reader-lacks-tail',
    invariant: 1,
    plant: (scene) => {
      const { recovery_ms } = scene.declared;
      const place = scene.choose(
        scene.inMode('sse').flatMap((reader) => {
          const { record, end, delivers } = reader;
          const stream = scene.stream(record.stream);
          const id = lastOf(reader);
          const last = delivers.filter((deliver) => deliver.id === id);
          const isSettled = end?.complete === true && end.by === 'client' && record.at_ms <= end.at_ms - recovery_ms;
          const others = scene.delivered(stream, id).filter((deliver) => !last.includes(deliver));
          const isKnown =
            stream.acknowledged.has(id) || others.some(({ at_ms }) => at_ms <= (end?.at_ms ?? 0) - recovery_ms);
          const isPlain = id > record.cursor && last.length > 0 && !reader.gapped;
          return isSettled && isKnown && isPlain ? [{ last, id, record }] : [];
        }),
      );
      if (place === null) return null;
      const { last, id, record } = place;
      return { history: scene.without(...last), stream: record.stream, ids: [id], subscription: record.subscription };
    },
  },
  {
    kind: 'poll-stays-empty',
    invariant: 1,
    also: [7],
    plant: (scene) => {
      const stream = scene.choose([...scene.streams.values()].filter(({ tail }) => tail > 0));
      if (stream === null) return null;
      const { records, subscription } = scene.visit(stream, 'poll', stream.tail - 1, []);
      return { history: [...scene.history, ...records], stream: stream.name, ids: [stream.tail], subscription };
    },
  },
  {
    kind: 'snapshot-stays-empty',
    invariant: 1,
    also: [7],
    plant: (scene) => {
      const stream = scene.choose([...scene.streams.values()].filter(({ tail }) => tail > 0));
      if (stream === null) return null;
      const { records, subscription } = scene.visit(stream, 'snapshot', 0, []);
      return { history: [...scene.history, ...records], ids: [Math.min(...stream.known.keys())], subscription };
    },
  },
  {
    kind: 'unknown-append-torn',
    invariant: 1,
    also: [7],
    plant: (scene) => {
      const place = scene.choose(
        scene.plainAppends(2).flatMap(({ append, result }) => {
          const stream = scene.stream(append.stream);
          return result.ids.flatMap((id) => {
            const others = result.ids.filter((other) => other !== id);
            const first_ms = Math.min(
              ...others.flatMap((other) => scene.delivered(stream, other).map(({ at_ms }) => at_ms)),
            );
            const finals = scene.finalsWith(id, stream).filter(({ record }) => record.at_ms >= first_ms);
            const isCut = scene.declared.history_limit === null && finals.length > 0 && id !== stream.tail - 1;
            return isCut ? [{ append, result, id, stream }] : [];
          });
        }),
      );
      if (place === null) return null;
      const { append, result, id, stream } = place;
      const gone = scene.delivered(stream, id);
      const unknown = { ...result, outcome: 'unknown', ids: [] } as const;
      const history = scene.replace(new Map([[result, unknown]])).filter((record) => !gone.includes(record as never));
      return { history, stream: append.stream, ids: result.ids };
    },
  },
  ...(['unknown', 'ok'] as const).map((outcome): Plant => ({
    kind: `${outcome === 'ok' ? 'acknowledged' : 'unknown'}-append-stored-twice`,
    invariant: 1,
    plant: (scene) => {
      const place = scene.choose(
        scene.plainAppends().filter(({ append, result }) => {
          const stream = scene.stream(append.stream);
          return stream.terminal === null && result.ids.some((id) => scene.delivered(stream, id).length > 0);
        }),
      );
      if (place === null) return null;
      const { append, result } = place;
      const stream = scene.stream(append.stream);
      const at = result.ids.findIndex((id) => scene.delivered(stream, id).length > 0);
      const id = stream.tail + 1;
      const { records } = scene.visit(stream, 'poll', stream.tail, [{ id, payload: append.payloads[at] ?? '' }]);
      const changed = outcome === 'ok' ? result : ({ ...result, outcome, ids: [] } as const);
      return { history: [...scene.replace(new Map([[result, changed]])), ...records], stream: stream.name, ids: [id] };
    },
  })),
  {
    kind: 'failed-append-stored',
    invariant: 1,
    plant: (scene) => {
      const place = scene.choose(
        scene
          .plainAppends()
          .filter(({ append, result }) =>
            result.ids.some((id) => scene.delivered(scene.stream(append.stream), id).length > 0),
          ),
      );
      if (place === null) return null;
      const { append, result } = place;
      const failed = { ...result, outcome: 'fail', ids: [] } as const;
      return { history: scene.replace(new Map([[result, failed]])), stream: append.stream, ids: result.ids };
    },
  },
  {
    kind: 'ack-ids-swapped',
    invariant: 1,
    plant: (scene) => {
      const appends = scene.plainAppends().filter(({ result }) => result.ids.length === 1);
      const one = scene.choose(
        appends.filter(
          ({ append, result }) => scene.delivered(scene.stream(append.stream), result.ids[0] ?? 0).length > 0,
        ),
      );
      const other = scene.choose(appends.filter((item) => item !== one && item.append.stream === one?.append.stream));
      if (one === null || other === null) return null;
      const history = scene.replace(
        new Map([
          [one.result, { ...one.result, ids: other.result.ids }],
          [other.result, { ...other.result, ids: one.result.ids }],
        ]),
      );
      return { history, stream: one.append.stream, ids: [...one.result.ids, ...other.result.ids] };
    },
  },
  {
    kind: 'ack-lacks-an-id',
    invariant: 1,
    plant: (scene) => {
      const place = scene.choose(scene.plainAppends(2));
      if (place === null) return null;
      const { append, result } = place;
      const shorter = { ...result, ids: result.ids.slice(0, -1) };
      return { history: scene.replace(new Map([[result, shorter]])), stream: append.stream, ids: result.ids };
    },
  },
  {
    kind: 'ack-ids-apart',
    invariant: 1,
    also: [7],
    plant: (scene) => {
      const place = scene.choose(scene.plainAppends(2));
      if (place === null) return null;
      const { append, result } = place;
      const far = (result.ids.at(-1) ?? 0) + 500;
      const apart = { ...result, ids: [...result.ids.slice(0, -1), far] };
      return { history: scene.replace(new Map([[result, apart]])), stream: append.stream, ids: [far] };
    },
  },
  {
    kind: 'id-acknowledged-twice',
    invariant: 1,
    plant: (scene) => {
      const place = scene.choose(scene.plainAppends().filter(({ result }) => result.ids.length === 1));
      if (place === null) return null;
      const { append, result } = place;
      const at_ms = result.at_ms;
      const second = { ...append, at_ms, op: 'second', payloads: ['second'] };
      const history = scene.after(result, second, { ...result, at_ms, op: 'second' });
      return { history, stream: append.stream, ids: result.ids };
    },
  },
  {
    kind: 'retry-stored-again',
    invariant: 1,
    also: [7],
    plant: (scene) => {
      if (scene.declared.idempotency_ms === null) return null;
      const attempts = scene.appends.filter(({ append }) => append.idempotency_key !== null);
      const place = scene.choose(
        attempts.filter(
          ({ append, result }) =>
            result?.outcome === 'ok' &&
            attempts.filter((other) => other.append.idempotency_key === append.idempotency_key).length === 1,
        ),
      );
      if (place?.result == null) return null;
      const { append, result } = place;
      const at_ms = result.at_ms;
      const ids = result.ids.map((id) => id + 1000);
      const history = scene.after(result, { ...append, at_ms, op: 'retry' }, { ...result, at_ms, op: 'retry', ids });
      return { history, stream: append.stream, ids };
    },
  },
];
