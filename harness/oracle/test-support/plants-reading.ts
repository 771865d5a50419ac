/** Violations a reader sees in what it gets: order, payloads, ids, the end, owners, the final read. Invariants 2, 3, 6, 7, 8, 11. */
import type { DeliverRecord } from '../../history.ts';
import type { Plant, Scene, SeenReader, SeenStream } from './planting.ts';

interface Place {
  readonly reader: SeenReader;
  readonly stream: SeenStream;
  readonly deliver: DeliverRecord;
  readonly id: number;
  readonly index: number;
}

function places(scene: Scene, fits: (place: Place) => boolean): readonly Place[] {
  return [...scene.readers.values()].flatMap((reader) =>
    reader.delivers.flatMap((deliver, index) => {
      const { id } = deliver;
      if (id === null) return [];
      const place = { reader, stream: scene.stream(reader.record.stream), deliver, id, index };
      return fits(place) ? [place] : [];
    }),
  );
}

/** Changes one delivery; the witness must name it. */
function change(
  scene: Scene,
  fits: (place: Place) => boolean,
  to: (place: Place) => Partial<DeliverRecord>,
): ReturnType<Plant['plant']> {
  const place = scene.choose(places(scene, fits));
  if (place === null) return null;
  const { deliver, stream, id } = place;
  const history = scene.replace(new Map([[deliver, { ...deliver, ...to(place) }]]));
  return { history, stream: stream.name, ids: [id], subscription: deliver.subscription };
}

/** The same id was delivered before. */
function wasSeen(scene: Scene, { stream, deliver, id }: Place): boolean {
  const at = scene.history.indexOf(deliver);
  return scene.delivered(stream, id).some((other) => scene.history.indexOf(other) < at);
}

function afterTheEnd(terminal: boolean): Plant['plant'] {
  return (scene) => {
    const stream = scene.choose([...scene.streams.values()].filter((item) => item.terminal === item.tail));
    if (stream === null) return null;
    const id = stream.tail + 1;
    const { records } = scene.visit(stream, 'poll', stream.tail, [{ id, terminal }]);
    return { history: [...scene.history, ...records], stream: stream.name, ids: [id] };
  };
}

function vanish(fits: (id: number, stream: SeenStream, scene: Scene) => boolean): Plant['plant'] {
  return (scene) => {
    const place = scene.choose(
      places(
        scene,
        ({ reader, stream, id }) =>
          reader.record.mode === 'final' && fits(id, stream, scene) && scene.finalsWith(id, stream).includes(reader),
      ),
    );
    if (place === null) return null;
    const { deliver, stream, id } = place;
    return { history: scene.without(deliver), stream: stream.name, ids: [id], subscription: deliver.subscription };
  };
}

export const READING_PLANTS: readonly Plant[] = [
  {
    kind: 'live-event-twice',
    invariant: 2,
    plant: (scene) => {
      const place = scene.choose(
        places(scene, ({ reader: { record, first } }) => {
          const mayRepeat = scene.declared.at_least_once && (!first || record.cursor > 0);
          return record.mode === 'sse' && !mayRepeat;
        }),
      );
      if (place === null) return null;
      const { deliver, stream, id } = place;
      const history = scene.after(deliver, { ...deliver });
      return { history, stream: stream.name, ids: [id], subscription: deliver.subscription };
    },
  },
  {
    kind: 'two-events-swapped',
    invariant: 2,
    also: [1],
    plant: (scene) => {
      const place = scene.choose(
        places(scene, ({ reader, id, index }) => {
          const before = reader.delivers.slice(0, index).map((deliver) => deliver.id ?? 0);
          const isFresh = id > Math.max(reader.record.cursor, ...before);
          return reader.first && isFresh && reader.delivers[index + 1]?.id === id + 1;
        }),
      );
      const next = place?.reader.delivers[place.index + 1];
      if (place === null || next === undefined) return null;
      const { deliver, stream, id } = place;
      const history = scene.replace(
        new Map([
          [deliver, { ...next, at_ms: deliver.at_ms }],
          [next, { ...deliver, at_ms: next.at_ms }],
        ]),
      );
      return { history, stream: stream.name, ids: [id], subscription: deliver.subscription };
    },
  },
  {
    kind: 'cursor-inclusive',
    invariant: 2,
    plant: (scene) => {
      if (scene.declared.at_least_once) return null;
      const place = scene.choose(
        places(scene, ({ id, stream }) =>
          stream.readers.some(
            ({ record }) => record.cursor === id && record.mode !== 'final' && record.account_id !== 'stranger',
          ),
        ),
      );
      const reader = scene.choose(
        place?.stream.readers.filter(({ record }) => record.cursor === place.id && record.mode !== 'final') ?? [],
      );
      if (place === null || reader === null) return null;
      const { subscription, at_ms } = reader.record;
      const history = scene.after(reader.record, { ...place.deliver, subscription, at_ms });
      return { history, stream: place.stream.name, ids: [place.id], subscription };
    },
  },
  {
    kind: 'replay-of-another-payload',
    invariant: 3,
    also: [1],
    plant: (scene) =>
      change(
        scene,
        (place) => place.reader.record.mode !== 'final' && wasSeen(scene, place),
        () => ({ payload: 'forged' }),
      ),
  },
  {
    kind: 'heartbeat-with-id',
    invariant: 6,
    plant: (scene) => {
      const reader = scene.choose(scene.inMode('sse').filter(({ delivers }) => delivers.length > 0));
      const deliver = reader?.delivers.at(-1);
      if (reader === null || deliver === undefined) return null;
      const { subscription, stream } = reader.record;
      const control = { kind: 'control-id', at_ms: deliver.at_ms, subscription, last_event_id: '99' } as const;
      return { history: scene.after(deliver, control), stream, subscription };
    },
  },
  {
    kind: 'id-stripped',
    invariant: 6,
    also: [1, 7, 11],
    plant: (scene) =>
      change(
        scene,
        ({ stream, id, deliver }) =>
          scene.plainAppends().some(({ append, result }) => append.stream === stream.name && result.ids.includes(id)) &&
          scene.isUnique(deliver.payload),
        () => ({ id: null }),
      ),
  },
  { kind: 'second-terminal', invariant: 7, plant: afterTheEnd(true) },
  { kind: 'event-after-terminal', invariant: 7, plant: afterTheEnd(false) },
  {
    kind: 'terminal-not-replayed',
    invariant: 7,
    plant: (scene) => {
      const stream = scene.choose([...scene.streams.values()].filter(({ terminal, tail }) => terminal === tail));
      if (stream === null) return null;
      const end = { by: 'client', complete: false, at_ms: scene.late_ms + 2 * scene.declared.recovery_ms } as const;
      const { records, subscription } = scene.visit(stream, 'sse', stream.tail - 1, [], end);
      return { history: [...scene.history, ...records], stream: stream.name, ids: [stream.tail], subscription };
    },
  },
  {
    kind: 'terminal-changed-type',
    invariant: 7,
    plant: (scene) =>
      change(
        scene,
        (place) => place.deliver.terminal && wasSeen(scene, place),
        () => ({ terminal: false }),
      ),
  },
  {
    kind: 'final-read-lacks-terminal',
    invariant: 7,
    also: [1, 11],
    plant: vanish(
      (id, stream, scene) =>
        id === stream.terminal && (stream.acknowledged.has(id) || scene.delivered(stream, id).length > 1),
    ),
  },
  {
    kind: 'older-epoch-later',
    invariant: 8,
    plant: (scene) =>
      change(
        scene,
        ({ stream, deliver, id }) =>
          (deliver.epoch ?? 0) > 1 &&
          stream.readers.some(({ delivers }) =>
            delivers.some((other) => other.epoch === deliver.epoch && (other.id ?? Infinity) < id),
          ),
        ({ stream, deliver }) => {
          const epoch = (deliver.epoch ?? 0) - 1;
          return { epoch, nonce: `${stream.name}-owner-${epoch}` };
        },
      ),
  },
  {
    kind: 'two-owners-in-one-epoch',
    invariant: 8,
    plant: (scene) =>
      change(
        scene,
        (place) => place.deliver.epoch !== null && wasSeen(scene, place),
        () => ({ nonce: 'impostor' }),
      ),
  },
  {
    kind: 'received-event-vanished',
    invariant: 11,
    also: [1, 7],
    plant: vanish((id, stream, scene) =>
      scene.delivered(stream, id).some(({ at_ms, subscription }) => {
        const reader = scene.readers.get(subscription);
        return (
          reader?.record.mode !== 'final' &&
          stream.readers.every(({ record }) => record.mode !== 'final' || record.at_ms >= at_ms)
        );
      }),
    ),
  },
  {
    kind: 'received-event-replaced',
    invariant: 11,
    also: [1, 3],
    plant: (scene) =>
      change(
        scene,
        (place) => place.reader.record.mode === 'final' && wasSeen(scene, place),
        () => ({ payload: 'forged' }),
      ),
  },
];
