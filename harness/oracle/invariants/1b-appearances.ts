/**
 * How often the log holds what was appended. An append of unknown outcome may be there once or not at all, whole and in
 * one piece; a failed one never; an acknowledged one only under its own ids. Looked at when the run is over, because
 * only then the outcomes are known.
 */
import type { Append } from '../appends.ts';
import type { Book } from '../book.ts';
import { provedAbsent } from '../final-reads.ts';
import { differ, type PayloadKey } from '../ledger.ts';
import type { StreamState } from '../state.ts';
import type { Findings } from '../verdict.ts';

/** How many places of the stream's appends hold a payload. */
interface Places {
  acknowledged: number;
  unknown: number;
  failed: number;
  op: string | null;
}

export function appearances(book: Book, findings: Findings): void {
  const doubtful = book.appends.finish();
  // With parts of the history left out, an appearance cannot be attributed.
  if (book.excess !== null) return;
  for (const stream of book.streams()) {
    const unclaimed = unclaimedIds(stream);
    if (unclaimed.size === 0) continue;
    const appends = [...(doubtful.get(stream) ?? [])];
    const places = placesOf(stream, appends, unclaimed);
    judgeCounts(stream, unclaimed, places, findings);
    for (const append of appends) {
      if (append.outcome !== 'unknown' || append.payloads.length < 2) continue;
      if (append.payloads.every((payload) => isUnique(places.get(payload), unclaimed.get(payload)))) {
        judgeWhole(append, unclaimed, book, findings);
      }
    }
  }
}

/** Ids that were received but belong to no acknowledged append, by payload. */
function unclaimedIds(stream: StreamState): Map<PayloadKey, number[]> {
  const unclaimed = new Map<PayloadKey, number[]>();
  const { ledger } = stream;
  for (const id of ledger.ids()) {
    const payload = ledger.seen(id);
    if (!Number.isFinite(payload) || !Number.isNaN(ledger.appended(id))) continue;
    const ids = unclaimed.get(payload);
    if (ids === undefined) unclaimed.set(payload, [id]);
    else ids.push(id);
  }
  return unclaimed;
}

function placesOf(
  stream: StreamState,
  appends: readonly Append[],
  unclaimed: ReadonlyMap<PayloadKey, readonly number[]>,
): Map<PayloadKey, Places> {
  const places = new Map<PayloadKey, Places>();
  const place = (payload: PayloadKey): Places => {
    const known = places.get(payload) ?? { acknowledged: 0, unknown: 0, failed: 0, op: null };
    places.set(payload, known);
    return known;
  };
  for (const id of stream.ledger.ids()) {
    const payload = stream.ledger.appended(id);
    if (unclaimed.has(payload)) place(payload).acknowledged += 1;
  }
  for (const append of appends) {
    for (const payload of append.payloads) {
      const known = place(payload);
      known[append.outcome === 'fail' ? 'failed' : 'unknown'] += 1;
      known.op ??= append.op;
    }
  }
  return places;
}

function judgeCounts(
  stream: StreamState,
  unclaimed: ReadonlyMap<PayloadKey, readonly number[]>,
  places: ReadonlyMap<PayloadKey, Places>,
  findings: Findings,
): void {
  for (const [payload, ids] of unclaimed) {
    const place = places.get(payload);
    const id = ids.at(place?.unknown ?? 0);
    // Payloads that nobody appended are of the target's own making. So may the end be, and look like ours.
    if (place === undefined || id === undefined || id === stream.terminal_id) continue;
    const { acknowledged, unknown, op } = place;
    const reason =
      unknown > 0 ? 'unknown-append-twice' : acknowledged > 0 ? 'append-stored-twice' : 'failed-append-stored';
    const what = acknowledged > 0 ? 'under its acknowledged ids only' : unknown > 0 ? 'at most once' : 'never';
    findings.add(reason, () => ({
      expected: `the event${op === null ? '' : ` of append ${op}`} ${what}`,
      observed: `it (also) at id ${id}`,
      at_ms: stream.ledger.knownSince(id),
      mark: 'doubled',
      stream: stream.name,
      id,
      op,
    }));
  }
}

/** Only then it is certain which append an event came from. */
function isUnique(place: Places | undefined, ids: readonly number[] | undefined): boolean {
  return place?.unknown === 1 && place.acknowledged === 0 && place.failed === 0 && (ids?.length ?? 0) <= 1;
}

function judgeWhole(
  append: Append,
  unclaimed: ReadonlyMap<PayloadKey, readonly number[]>,
  book: Book,
  findings: Findings,
): void {
  const { stream } = append;
  // The end of the stream may be the server's own, so it proves nothing.
  const present = append.payloads.findIndex(
    (payload) => (unclaimed.get(payload)?.[0] ?? stream.terminal_id) !== stream.terminal_id,
  );
  const anchor = unclaimed.get(append.payloads[present] ?? Number.NaN)?.[0];
  if (anchor === undefined) return;
  const { ledger } = stream;
  const missing = append.payloads.findIndex((payload, index) => {
    const id = anchor - present + index;
    const holdsOther = differ(ledger.seen(id), payload) || !Number.isNaN(ledger.appended(id));
    return holdsOther || id < 1 || (Number.isNaN(ledger.seen(id)) && provedAbsent(id, anchor, stream, book));
  });
  if (missing < 0) return;
  const id = anchor - present + missing;
  findings.add('unknown-append-torn', () => ({
    expected: `the ${append.payloads.length} events of append ${append.op} together or not at all`,
    observed: `event ${present + 1} at id ${anchor} and not event ${missing + 1} at id ${id}`,
    at_ms: ledger.knownSince(anchor),
    mark: 'missing',
    stream: stream.name,
    id: anchor,
    op: append.op,
  }));
}
