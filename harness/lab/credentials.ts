/** Which headers sign a request. */
import type { HeaderList } from '../client/exchange.ts';
import type { Account, Target } from '../target.ts';

/** What a configured header with such a name holds is taken for a credential. */
const CREDENTIAL_NAME = /auth|key|token|secret|cookie/i;

/** Stands for whoever the configured headers speak for, where a target has no accounts. */
export const ANONYMOUS: Account = { account_id: 'anonymous', api_key_id: 'none', key: '', other_keys: [] };

/**
 * The headers of a request: the target's, the account's signature, the request's own; later ones replace earlier ones
 * of the same name. Without an account no credential is sent, the configured ones included.
 */
export function signedHeaders(
  target: Pick<Target, 'headers' | 'dialect'>,
  account: Account | null,
  own: HeaderList,
): HeaderList {
  const configured = account === null ? target.headers.filter(([name]) => !CREDENTIAL_NAME.test(name)) : target.headers;
  const signature = account === null || account.key === '' ? [] : target.dialect.sign(account.key);
  return override(override(configured, signature), own);
}

function override(base: HeaderList, winners: HeaderList): HeaderList {
  const won = new Set(winners.map(([name]) => name.toLowerCase()));
  return [...base.filter(([name]) => !won.has(name.toLowerCase())), ...winners];
}
