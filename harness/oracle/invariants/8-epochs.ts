/** Invariant 8: owners follow one another. Epochs never decrease along a stream, one epoch has one owner, a stale one writes nothing. */
import type { DeliverRecord, FenceRecord } from '../../history.ts';
import type { Fold, Invariant } from '../fold.ts';
import type { Reader, StreamState } from '../state.ts';
import { Findings } from '../verdict.ts';

/** The events produced under one epoch. */
interface Reign {
  readonly nonce: string | null;
  first_id: number;
  last_id: number;
  /** Who received the last of them, and when. */
  subscription: string;
  at_ms: number;
}

export const epochs: Invariant = {
  number: 8,
  reads_book: true,
  init: (book): Fold => {
    const findings = new Findings();
    const reigns = new Map<StreamState, Map<number, Reign>>();
    /** The newest epoch a store accepted, by stream. */
    const accepted = new Map<string, FenceRecord>();
    let kept = 0;

    function judgeDelivery(record: DeliverRecord, { stream }: Reader): void {
      const { id, epoch, nonce, at_ms, subscription } = record;
      if (id === null || epoch === null) return;
      const ofStream = reigns.get(stream) ?? new Map<number, Reign>();
      reigns.set(stream, ofStream);
      const reign = ofStream.get(epoch);
      if (reign === undefined) {
        if (kept >= book.limits.epochs) {
          book.exceed('too-many-epochs');
          return;
        }
        kept += 1;
        ofStream.set(epoch, { nonce, first_id: id, last_id: id, subscription, at_ms });
        return;
      }
      reign.first_id = Math.min(reign.first_id, id);
      if (id > reign.last_id) Object.assign(reign, { last_id: id, subscription, at_ms });
      if (nonce === null || reign.nonce === null || nonce === reign.nonce) return;
      findings.add('split-brain', () => ({
        expected: `one owner of ${stream.name} in epoch ${epoch}`,
        observed: `event ${id} by process ${nonce} beside process ${reign.nonce ?? ''}`,
        at_ms,
        mark: 'foreign',
        stream: stream.name,
        id,
        subscription,
        record,
      }));
    }

    function judgeReigns(stream: StreamState, ofStream: ReadonlyMap<number, Reign>): void {
      /** The highest id of all epochs so far, and whose it is. */
      let latest: { readonly epoch: number; readonly reign: Reign } | null = null;
      for (const [epoch, reign] of [...ofStream].sort(([one], [other]) => one - other)) {
        if (latest !== null && latest.reign.last_id > reign.first_id) {
          const { epoch: older, reign: stale } = latest;
          findings.add('epoch-decreased', () => ({
            expected: `no event of epoch ${older} after event ${reign.first_id} of epoch ${epoch} in ${stream.name}`,
            observed: `event ${stale.last_id}`,
            at_ms: stale.at_ms,
            mark: 'foreign',
            stream: stream.name,
            id: stale.last_id,
            subscription: stale.subscription,
          }));
        }
        if (latest === null || reign.last_id > latest.reign.last_id) latest = { epoch, reign };
      }
    }

    return {
      findings,
      on: {
        deliver: judgeDelivery,
        fence: (record) => {
          const newest = accepted.get(record.stream);
          if (!record.accepted) return;
          if (newest === undefined || record.epoch > newest.epoch) {
            if (newest === undefined && accepted.size >= book.limits.streams) book.exceed('too-many-streams');
            else accepted.set(record.stream, record);
          } else if (record.epoch < newest.epoch && record.at_ms > newest.at_ms) {
            findings.add('stale-epoch-accepted', () => ({
              expected: `a write under epoch ${record.epoch} of ${record.stream} to be refused after epoch ${newest.epoch}`,
              observed: 'it accepted',
              at_ms: record.at_ms,
              mark: 'foreign',
              stream: record.stream,
              record,
            }));
          }
        },
      },
      finish: () => {
        for (const [stream, ofStream] of reigns) judgeReigns(stream, ofStream);
      },
      exercised: () => kept > 0 || accepted.size > 0,
    };
  },
};
