/** Invariant 5: a stream speaks to one account only, and to a revoked key no longer than its bound. */
import type { Fold, Invariant } from '../fold.ts';
import type { StreamState } from '../state.ts';
import { Findings } from '../verdict.ts';
import { revocations } from './5a-revocations.ts';

/** First proof that an account reaches a stream. */
interface Contact {
  readonly account_id: string;
  /** An acknowledged append makes an owner; a delivery only shows a reader. */
  readonly owns: boolean;
  readonly id: number | null;
  readonly subscription: string | null;
  readonly at_ms: number;
}

export const isolation: Invariant = {
  number: 5,
  reads_book: true,
  init: (book): Fold => {
    const findings = new Findings();
    const revoked = revocations(book, findings);
    const contacts = new Map<StreamState, Contact>();
    /** Who asked first; another account that asks later makes the judgement worth something. */
    const askers = new Map<StreamState, string>();
    let exercised = false;

    function blame(stream: StreamState, guest: Contact, host: Contact): void {
      findings.add('foreign-contact', () => ({
        expected: `${stream.name} of account ${host.account_id} not to exist for account ${guest.account_id}`,
        observed:
          guest.subscription === null ? 'its append acknowledged' : `event ${guest.id ?? 'without id'} delivered`,
        at_ms: guest.at_ms,
        mark: 'foreign',
        stream: stream.name,
        id: guest.id,
        subscription: guest.subscription,
      }));
    }

    function contact(stream: StreamState, made: Contact): void {
      if (!book.declared.accounts) return;
      const known = contacts.get(stream);
      if (known === undefined) contacts.set(stream, made);
      else if (known.account_id !== made.account_id) {
        if (made.owns && !known.owns) blame(stream, known, made);
        else blame(stream, made, known);
      } else if (made.owns && !known.owns) contacts.set(stream, made);
    }

    return {
      findings,
      on: {
        ...revoked.on,
        'foreign-sight': (record) => {
          findings.add('foreign-sight', () => ({
            expected: `${record.stream} of account ${record.owner_account_id} not to exist for account ${record.account_id}`,
            observed: record.what,
            at_ms: record.at_ms,
            mark: 'foreign',
            stream: record.stream,
            record,
          }));
        },
        subscribe: (record) => {
          const stream = book.stream(record.stream);
          if (stream === undefined) return;
          const first = askers.get(stream) ?? contacts.get(stream)?.account_id;
          if (first === undefined) askers.set(stream, record.account_id);
          else if (first !== record.account_id) exercised = true;
        },
        'append-result': (record, attempt) => {
          if (record.outcome !== 'ok') return;
          const { account_id } = attempt.record;
          const { stream } = attempt.append;
          if ((askers.get(stream) ?? account_id) !== account_id) exercised = true;
          contact(stream, {
            account_id,
            owns: true,
            id: record.ids[0] ?? null,
            subscription: null,
            at_ms: record.at_ms,
          });
        },
        deliver: (record, reader) => {
          revoked.on.deliver(record, reader);
          const { account_id, stream } = reader;
          if (contacts.get(stream)?.account_id === account_id) return;
          const { id, subscription, at_ms } = record;
          contact(stream, { account_id, owns: false, id, subscription, at_ms });
        },
      },
      finish: revoked.finish,
      exercised: () => exercised || revoked.exercised(),
    };
  },
};
