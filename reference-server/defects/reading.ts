/** Edits of what a reader is given that several defects share. */
import type { Cursors, Opening, Replay, Seams, SubscriptionPolicy } from '../seams.ts';
import type { Page } from '../stores/store.ts';
import { override } from './override.ts';

export const withReplay = (seams: Seams, change: (healthy: Replay) => Replay['read']): Seams => ({
  ...seams,
  replay: { read: change(seams.replay) },
});
export const withPolicy = (seams: Seams, change: Partial<SubscriptionPolicy>): Seams => ({
  ...seams,
  subscription: override(seams.subscription, change),
});
export const withCursors = (seams: Seams, change: (healthy: Cursors) => Partial<Cursors>): Seams => ({
  ...seams,
  cursors: override(seams.cursors, change(seams.cursors)),
});
/** Changes where a reader that gave a cursor starts. */
export const withStart = (seams: Seams, move: (after: number, tail: number) => number): Seams =>
  withCursors(seams, (healthy) => ({
    open: (job, cursor) => {
      const opening = healthy.open(job, cursor);
      return opening.kind === 'follow' && cursor !== null
        ? { kind: 'follow', after: Math.max(0, move(opening.after, job.last_event_id)) }
        : opening;
    },
  }));
/** Answers one kind of opening with another. */
export const withOpening = (
  seams: Seams,
  kind: Opening['kind'],
  instead: (opening: Opening, cursor: number) => Opening,
): Seams =>
  withCursors(seams, (healthy) => ({
    open: (job, cursor) => {
      const opening = healthy.open(job, cursor);
      return opening.kind === kind ? instead(opening, cursor ?? 0) : opening;
    },
  }));
export const kept = (page: Page | null, keep: (id: number, page: Page) => boolean): Page | null =>
  page === null ? null : { ...page, events: page.events.filter((event) => keep(event.id, page)) };
