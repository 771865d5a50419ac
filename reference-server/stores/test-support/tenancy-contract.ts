import { randomUUID } from 'node:crypto';
import type { Test } from 'tap';
import type { ApiKey, Store, Ticket } from '../store.ts';
import { createJob, DONE, FAR_FUTURE_MS } from './fixtures.ts';

type NewKey = Omit<ApiKey, 'revoked'>;

function aKey(): NewKey {
  return { api_key_id: `key-${randomUUID()}`, account_id: 'account-a', secret_sha256: `aa11${randomUUID()}` };
}

function aTicket(overrides: Partial<Ticket>): Ticket {
  return {
    ticket_sha256: 'cc33',
    job_id: 'job',
    account_id: 'account-a',
    api_key_id: 'key-1',
    expires_at_ms: 1_700_000_060_000,
    used: false,
    ...overrides,
  };
}

export async function tenancyContract(t: Test, store: Store): Promise<void> {
  await t.test('keys: found by the hash of their secret, revoked one by one', async (t) => {
    const [key, second] = [aKey(), aKey()];
    await store.putKey(key);
    await store.putKey(second);
    t.strictSame(await store.findKey(key.secret_sha256), { ...key, revoked: false });
    t.equal(await store.findKey(key.secret_sha256.toUpperCase()), null);
    t.equal(await store.isRevoked(key.api_key_id), false);
    t.equal(await store.revokeKey(key.api_key_id), true);
    t.equal(await store.isRevoked(key.api_key_id), true);
    t.strictSame(await store.findKey(key.secret_sha256), { ...key, revoked: true });
    t.equal(await store.isRevoked(second.api_key_id), false, "the account's other key is untouched");
    t.equal(await store.revokeKey(key.api_key_id), true, 'again');
  });

  await t.test('keys: seeding again changes nothing and never un-revokes', async (t) => {
    const [key, other] = [aKey(), aKey()];
    await store.putKey(key);
    await store.revokeKey(key.api_key_id);
    await store.putKey(key);
    await store.putKey({ ...other, api_key_id: key.api_key_id });
    await store.putKey({ ...other, secret_sha256: key.secret_sha256 });
    t.strictSame(await store.findKey(key.secret_sha256), { ...key, revoked: true });
    t.equal(await store.findKey(other.secret_sha256), null, 'the id was taken');
    t.equal(await store.revokeKey(other.api_key_id), false, 'the secret was taken');
  });

  await t.test('keys: one that never was is not found, not revoked and cannot be', async (t) => {
    const { secret_sha256, api_key_id } = aKey();
    t.equal(await store.findKey(secret_sha256), null);
    t.equal(await store.isRevoked(api_key_id), false);
    t.equal(await store.revokeKey(api_key_id), false);
  });

  await t.test('tickets: come back as they were put, and used once used', async (t) => {
    const ticket = aTicket({});
    await store.putTicket(ticket);
    t.strictSame(await store.findTicket('cc33'), ticket);
    t.equal(await store.findTicket('cc34'), null);
    await store.useTicket('cc33');
    await store.useTicket('cc33');
    await store.useTicket('never was');
    t.strictSame(await store.findTicket('cc33'), { ...ticket, used: true });
    t.equal(await store.findTicket('never was'), null);
  });

  await t.test('tickets: gone with their stream; unused ones with any sweep past their expiry', async (t) => {
    const [removed, swept, running] = [await createJob(store), await createJob(store), await createJob(store)];
    await store.putTicket(aTicket({ ticket_sha256: 'removed', job_id: removed }));
    await store.putTicket(aTicket({ ticket_sha256: 'swept', job_id: swept, used: true }));
    await store.putTicket(aTicket({ ticket_sha256: 'expired', job_id: running }));
    await store.putTicket(aTicket({ ticket_sha256: 'unused', job_id: running, expires_at_ms: FAR_FUTURE_MS }));
    await store.putTicket(aTicket({ ticket_sha256: 'used', job_id: running, used: true }));
    await store.remove(removed);
    t.equal(await store.findTicket('removed'), null);
    await store.sweep(0);
    t.equal(await store.findTicket('expired'), null, 'however long streams are kept');
    t.not(await store.findTicket('unused'), null, 'not before its expiry');
    await store.append(swept, [DONE]);
    await store.sweep(FAR_FUTURE_MS);
    t.equal(await store.findTicket('swept'), null);
    t.not(await store.findTicket('used'), null, 'a used one reconnects as long as its stream is there');
  });
}
