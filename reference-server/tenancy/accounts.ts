/** Accounts and their keys. A secret exists in the configuration or in the answer of `createAccount`, never in the store. */
import { randomUUID } from 'node:crypto';
import { ConfigError, type ConfiguredKey } from '../config.ts';
import type { TenancyStore } from '../stores/store.ts';
import { newSecret, sha256Hex } from './secrets.ts';

/** A new account's keys; the secrets exist here and nowhere else. */
export interface CreatedAccount {
  readonly account_id: string;
  readonly api_key_id: string;
  readonly key: string;
  /** A second key, so that one can be revoked and the other must go on. */
  readonly other_keys: readonly { readonly api_key_id: string; readonly key: string }[];
}

async function putKey(store: TenancyStore, { account_id, api_key_id, key }: ConfiguredKey): Promise<void> {
  await store.putKey({ account_id, api_key_id, secret_sha256: sha256Hex(key) });
}

/**
 * Keys of the configuration; one that was revoked stays so.
 * @throws ConfigError where the store knows an id or a secret otherwise: its old secret would go on working unseen.
 */
export async function seedKeys(store: TenancyStore, keys: readonly ConfiguredKey[]): Promise<void> {
  const seeded = await Promise.all(
    keys.map(async (key) => {
      await putKey(store, key);
      const stored = await store.findKey(sha256Hex(key.key));
      return stored?.api_key_id === key.api_key_id && stored.account_id === key.account_id;
    }),
  );
  const others = keys.filter((_, index) => seeded[index] === false).map(({ api_key_id }) => JSON.stringify(api_key_id));
  if (others.length === 0) return;
  throw new ConfigError([
    `API_KEYS: ${others.join(', ')} found in the store with another secret or account, which stays as it is; accepted ` +
      'is what was given at first. Give a new secret an api_key_id of its own, and revoke the old one.',
  ]);
}

export async function createAccount(store: TenancyStore): Promise<CreatedAccount> {
  const account_id = `account-${randomUUID()}`;
  const newKey = (): ConfiguredKey => ({ account_id, api_key_id: `key-${randomUUID()}`, key: newSecret('sk') });
  const first = newKey();
  const second = newKey();
  await putKey(store, first);
  await putKey(store, second);
  return { ...first, other_keys: [{ api_key_id: second.api_key_id, key: second.key }] };
}
