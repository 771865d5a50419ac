/** Violations that the harness sees by asking: cursors, accounts, revocations, fences, samples. Invariants 4, 5, 8, 9, 10. */
import type { HistoryRecord, RevokeRecord } from '../../history.ts';
import type { Plant, Planted, Scene, SeenReader } from './planting.ts';

function ofKind<Kind extends HistoryRecord['kind']>(
  scene: Scene,
  kind: Kind,
): readonly Extract<HistoryRecord, { kind: Kind }>[] {
  return scene.history.filter((record): record is Extract<HistoryRecord, { kind: Kind }> => record.kind === kind);
}

/** A subscription that a revocation ended. */
function revoked(scene: Scene): { readonly revoke: RevokeRecord; readonly reader: SeenReader } | null {
  const last_ms = scene.history.at(-1)?.at_ms ?? 0;
  return scene.choose(
    ofKind(scene, 'revoke').flatMap((revoke) =>
      revoke.subscriptions.flatMap((subscription) => {
        const reader = scene.readers.get(subscription);
        return reader !== undefined && revoke.at_ms + revoke.bound_ms < last_ms ? [{ revoke, reader }] : [];
      }),
    ),
  );
}

function excessive(phase: 'loaded' | 'healed'): Plant['plant'] {
  return (scene): Planted | null => {
    const sample = scene.choose(ofKind(scene, 'sample').filter((record) => record.phase === phase));
    if (sample === null) return null;
    return { history: scene.replace(new Map([[sample, { ...sample, value: sample.bound + 1 }]])) };
  };
}

export const PROBING_PLANTS: readonly Plant[] = [
  {
    kind: 'bad-cursor-served-silently',
    invariant: 4,
    plant: (scene) => {
      const probe = scene.choose(ofKind(scene, 'cursor-probe'));
      if (probe === null) return null;
      const answer = scene.random.pick(['silent-restart', 'silence', 'not-found', 'finished'] as const);
      return { history: scene.replace(new Map([[probe, { ...probe, answer }]])), stream: probe.stream };
    },
  },
  {
    kind: 'existence-leaked',
    invariant: 5,
    plant: (scene) => {
      const stream = scene.choose(scene.streams.keys());
      if (stream === null) return null;
      const sight = { stream, owner_account_id: `owner-of-${stream}`, account_id: 'stranger', what: 'status 403' };
      return { history: [...scene.history, { kind: 'foreign-sight', at_ms: scene.late_ms, ...sight }], stream };
    },
  },
  {
    kind: 'event-to-another-account',
    invariant: 5,
    plant: (scene) => {
      const place = scene.choose(
        [...scene.streams.values()].flatMap((stream) =>
          stream.readers.flatMap(({ delivers }) =>
            delivers.flatMap((deliver) => (deliver.id === null ? [] : [{ stream, deliver }])),
          ),
        ),
      );
      if (place === null) return null;
      const { stream, deliver } = place;
      const id = deliver.id ?? 0;
      const { records, subscription } = scene.visit(stream, 'poll', id - 1, [deliver], {}, 'stranger');
      return { history: [...scene.history, ...records], stream: stream.name, ids: [id], subscription };
    },
  },
  {
    kind: 'append-by-another-account',
    invariant: 5,
    also: [1],
    plant: (scene) => {
      const place = scene.choose(scene.plainAppends());
      if (place === null) return null;
      const { append } = place;
      const at_ms = scene.late_ms;
      const foreign = { ...append, at_ms, op: 'foreign', account_id: 'stranger' };
      const ids = append.payloads.map((_, index) => scene.stream(append.stream).tail + 1 + index);
      const result = { kind: 'append-result', at_ms, op: 'foreign', outcome: 'ok', ids } as const;
      return scene.stream(append.stream).terminal === null
        ? { history: [...scene.history, foreign, result], stream: append.stream, ids }
        : null;
    },
  },
  {
    kind: 'revocation-ignored',
    invariant: 5,
    plant: (scene) => {
      const place = revoked(scene);
      if (place?.reader.end == null) return null;
      return { history: scene.without(place.reader.end), subscription: place.reader.record.subscription };
    },
  },
  {
    kind: 'revocation-late',
    invariant: 5,
    plant: (scene) => {
      const place = revoked(scene);
      const end = place?.reader.end ?? null;
      if (place === null || end === null) return null;
      const late = { ...end, at_ms: place.revoke.at_ms + place.revoke.bound_ms + 1 };
      return { history: [...scene.without(end), late], subscription: end.subscription };
    },
  },
  {
    kind: 'event-after-revocation',
    invariant: 5,
    plant: (scene) => {
      const place = revoked(scene);
      if (place === null) return null;
      const { subscription } = place.reader.record;
      const event = { id: null, payload: 'late', terminal: false, epoch: null, nonce: null };
      const deliver = { kind: 'deliver', at_ms: scene.late_ms, subscription, ...event } as const;
      return { history: [...scene.history, deliver], subscription };
    },
  },
  {
    kind: 'stale-epoch-accepted',
    invariant: 8,
    plant: (scene) => {
      const fence = scene.choose(ofKind(scene, 'fence').filter(({ accepted, epoch }) => accepted && epoch > 1));
      if (fence === null) return null;
      const stale = { ...fence, at_ms: scene.late_ms, epoch: fence.epoch - 1 };
      return { history: [...scene.history, stale], stream: fence.stream };
    },
  },
  { kind: 'stalled-reader-grows', invariant: 9, plant: excessive('loaded') },
  { kind: 'connections-left-behind', invariant: 10, plant: excessive('healed') },
];
