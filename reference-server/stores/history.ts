/**
 * The kept events of one stream in memory: the newest `limit` of them, and what attached readers have not read yet,
 * up to `pinned_limit`. Whoever stalls is ended by the server's stall limit; the cap holds until then.
 */
import type { StreamEvent } from '../../spec/wire.ts';
import type { AttachedReader } from './store.ts';

export interface HistoryLimits {
  readonly limit: number;
  readonly pinned_limit: number;
}

export interface History {
  readonly first_kept_id: number;
  append(events: readonly StreamEvent[]): void;
  /** Ascending, with id > `after`, at most `limit`. */
  after(after: number, limit: number): StreamEvent[];
  pin(reader: AttachedReader): () => void;
}

export function createHistory({ limit, pinned_limit }: HistoryLimits): History {
  const events: StreamEvent[] = [];
  const readers = new Set<AttachedReader>();
  let first_kept_id = 1;

  const prune = (): void => {
    const last_id = first_kept_id + events.length - 1;
    const wanted_from = Math.min(last_id - limit + 1, ...[...readers].map((reader) => reader.cursor() + 1));
    const keep_from = Math.max(first_kept_id, wanted_from, last_id - pinned_limit + 1);
    events.splice(0, keep_from - first_kept_id);
    first_kept_id = keep_from;
  };

  return {
    get first_kept_id() {
      return first_kept_id;
    },
    append(batch) {
      events.push(...batch);
      prune();
    },
    after(after, count) {
      const from = Math.max(0, after + 1 - first_kept_id);
      return events.slice(from, from + count);
    },
    pin(reader) {
      // A copy, so that pinning the same reader twice is two pins.
      const pinned: AttachedReader = { cursor: () => reader.cursor() };
      readers.add(pinned);
      return () => {
        readers.delete(pinned);
        prune();
      };
    },
  };
}
