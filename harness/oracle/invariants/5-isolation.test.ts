import t from 'tap';
import type { EndRecord } from '../../history.ts';
import { HistoryBuilder, OWNER, STREAM } from '../test-support/history-builder.ts';

const history = (): HistoryBuilder => new HistoryBuilder();
const refused = { account_id: 'stranger', end: { complete: false } } as const;

t.test('a stream speaks to one account', async (t) => {
  t.equal(history().events(1, 2).read([1, 2]).read([], refused).say(5), 'true');
  t.equal(history().read([], refused).events(1, 2).say(5), 'true');
  t.equal(history().events(1, 2).read([1, 2]).say(5), 'unknown: not-exercised', 'nobody else asked');
  t.equal(history().events(1, 2).read([2], { account_id: 'stranger', cursor: 1 }).say(5), 'foreign-contact 2');
  t.equal(history().read([1]).read([1], { account_id: 'stranger' }).say(5), 'foreign-contact 1', 'nobody appended');
  t.equal(history().events(1, 1).append(['x'], [2], { account_id: 'stranger' }).say(5), 'foreign-contact 2');
  t.equal(history().events(1, 1).append(['x'], 'fail', { account_id: 'stranger' }).say(5), 'unknown: not-exercised');
  t.equal(
    history().events(1, 2).read([1], { account_id: 'stranger' }).say(5, { accounts: false }),
    'unknown: not-exercised',
  );
});

t.test('the reader is the stranger, also when it was first', async (t) => {
  const { witness } = history().read([1], { account_id: 'stranger', end: null }).events(1, 1).verdict(5);
  t.match(witness, { reason: 'foreign-contact', subscription: 'r1', id: 1 });
  t.match(witness?.expected, /^s of account owner not to exist for account stranger/);
});

t.test('whatever the harness saw of another account counts', async (t) => {
  const sight = {
    kind: 'foreign-sight',
    at_ms: 1,
    stream: STREAM,
    owner_account_id: OWNER,
    account_id: 'x',
    what: '403',
  } as const;
  t.equal(history().add(sight).say(5), 'foreign-sight');
});

t.test('a revoked key ends its subscriptions within the bound', async (t) => {
  /** Revoked at 10, within 5; the reader ends then, the run at 100. */
  const revoked = (end: Partial<EndRecord> | null, deliver_ms?: number): string => {
    const run = history().read([1], { end: null });
    run.add({ kind: 'revoke', at_ms: 10, api_key_id: 'k', subscriptions: ['r1'], bound_ms: 5 });
    if (deliver_ms !== undefined) {
      const event = { id: 2, payload: 'e2', terminal: false, epoch: null, nonce: null };
      run.add({ kind: 'deliver', at_ms: deliver_ms, subscription: 'r1', ...event });
    }
    if (end !== null) run.add({ at_ms: 12, by: 'server', complete: false, ...end, kind: 'end', subscription: 'r1' });
    return run.add({ kind: 'heal', at_ms: 100, fault: 'none', target: '' }).say(5);
  };
  t.equal(revoked({ at_ms: 12 }), 'true');
  t.equal(revoked({ at_ms: 15 }), 'true', 'just in time');
  t.equal(revoked({ at_ms: 16 }), 'revocation-late');
  t.equal(revoked({ at_ms: 16, by: 'client' }), 'revocation-late', 'it was open until then');
  t.equal(revoked(null), 'revocation-ignored');
  t.equal(revoked({ at_ms: 14 }, 13), 'true', 'an event on its way');
  t.equal(revoked({ at_ms: 30 }, 20), 'event-after-revocation 2');
});

t.test('the witness holds the revocation and what came of it', async (t) => {
  const run = history().read([1], { end: null });
  run.add({ kind: 'revoke', at_ms: 10, api_key_id: 'k', subscriptions: ['r1'], bound_ms: 5 });
  run.add({ kind: 'end', at_ms: 40, subscription: 'r1', by: 'server', complete: false });
  const kinds = run.verdict(5).witness?.records.map(({ kind }) => kind);
  t.strictSame(kinds, ['subscribe', 'revoke', 'end']);
});

t.test('a run that ends before the bound says nothing', async (t) => {
  const run = history().read([1], { end: null });
  run.add({ kind: 'revoke', at_ms: 10, api_key_id: 'k', subscriptions: ['r1'], bound_ms: 500 });
  t.equal(run.say(5), 'unknown: not-exercised');
  const ended = history().read([1]);
  ended.add({ kind: 'revoke', at_ms: 10, api_key_id: 'k', subscriptions: ['r1'], bound_ms: 5 });
  t.equal(
    ended.add({ kind: 'heal', at_ms: 100, fault: '', target: '' }).say(5),
    'unknown: not-exercised',
    'it was over',
  );
});
