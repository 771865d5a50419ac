/** Accounts that every instance of a cluster is configured with. The secrets live in memory and environments alone. */
import { randomBytes, randomUUID } from 'node:crypto';
import type { CreatedAccount } from '../server.ts';

/** Ids of this boot alone: a data folder remembers the keys of earlier ones, which go on working. */
function key(account_id: string): { api_key_id: string; key: string } {
  return { api_key_id: `${account_id}-${randomUUID()}`, key: `sp_${randomBytes(24).toString('base64url')}` };
}

/** `account-1`, `account-2`, …, the same at every boot, each with a second key. */
export function makeAccounts(count: number): CreatedAccount[] {
  return Array.from({ length: count }, (_, index) => {
    const account_id = `account-${index + 1}`;
    return { account_id, ...key(account_id), other_keys: [key(account_id)] };
  });
}

/** The value of `API_KEYS`. */
export function apiKeysVariable(accounts: readonly CreatedAccount[]): string {
  return JSON.stringify(
    accounts.flatMap(({ account_id, api_key_id, key: secret, other_keys }) =>
      [{ api_key_id, key: secret }, ...other_keys].map((entry) => ({ account_id, ...entry })),
    ),
  );
}
