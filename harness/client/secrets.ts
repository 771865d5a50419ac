/** Which secrets there are: those of the config, and those met in exchanges. */
import type { Account, Target } from '../target.ts';
import { header, type Exchange } from './exchange.ts';
import { MIN_LEARNT_BYTES, type Redactor, type Secret } from './redactor.ts';

/** Query parameters whose value opens something. */
const SECRET_PARAMETERS = ['ticket', 'token', 'access_token', 'api_key', 'apikey', 'signature'];
/** Members of JSON answers that do. */
const SECRET_MEMBERS = ['ticket', 'token', 'access_token', 'refresh_token', 'api_key', 'secret', 'password'];
/** Headers, either way, that hold nothing else; what stands there and is not known is hidden all the same. */
const SECRET_HEADERS = new Set(['authorization', 'proxy-authorization', 'x-api-key', 'cookie', 'set-cookie']);
/** Answers longer than this are no answers that hand out credentials. */
const MAX_ANSWER_BYTES = 64 * 1024;

const PARAMETER = new RegExp(`[?&](?:${SECRET_PARAMETERS.join('|')})=([^&#]+)`, 'gi');
const MEMBER = new RegExp(`"(?:${SECRET_MEMBERS.join('|')})"\\s*:\\s*("(?:[^"\\\\]|\\\\.)+")`, 'gi');

/** `Bearer abc` is the secret `abc`, wherever it turns up without its scheme. */
function credentialOf(value: string): string {
  return /^(?:bearer|basic|token|digest)\s+(\S.*)$/i.exec(value)?.[1] ?? value;
}

function keysOf(account: Account): Secret[] {
  const { account_id } = account;
  return [
    { kind: 'key', name: account_id, value: account.key },
    ...account.other_keys.map(({ api_key_id, key }): Secret => ({
      kind: 'key',
      name: `${account_id}/${api_key_id}`,
      value: key,
    })),
  ];
}

/** The config's: keys of accounts, values of headers, what variables filled into commands. */
export function configuredSecrets({
  accounts,
  headers,
  filled_in,
}: Pick<Target, 'accounts' | 'headers' | 'filled_in'>): Secret[] {
  return [
    ...accounts.flatMap(keysOf),
    ...headers.map(([name, value]): Secret => ({
      kind: 'header',
      name: name.toLowerCase(),
      value: credentialOf(value),
    })),
    // A short one is a port or a number of an instance.
    ...filled_in
      .filter(({ value }) => Buffer.byteLength(value) >= MIN_LEARNT_BYTES)
      .map((variable): Secret => ({ kind: 'variable', ...variable })),
  ];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return text;
    throw error;
  }
}

/** Teaches the redactor the tickets, tokens and credentials that an exchange shows. */
export function learnSecrets(redactor: Redactor, exchange: Exchange): void {
  for (const [, value = ''] of exchange.request.path.matchAll(PARAMETER)) redactor.learn('ticket', decoded(value));
  for (const [name, value] of [...(exchange.request.headers ?? []), ...exchange.headers]) {
    if (SECRET_HEADERS.has(name.toLowerCase())) redactor.learn('credential', credentialOf(value));
  }
  const is_json = /json/i.test(header(exchange.headers, 'content-type') ?? '');
  const body_bytes = exchange.chunks.reduce((sum, { bytes }) => sum + bytes.length, 0);
  if (!is_json || body_bytes > MAX_ANSWER_BYTES) return;
  for (const [, literal = '""'] of exchange.body.toString().matchAll(MEMBER)) {
    redactor.learn('ticket', unquoted(literal));
  }
}

function unquoted(literal: string): string {
  try {
    return String(JSON.parse(literal));
  } catch (error) {
    if (error instanceof SyntaxError) return literal.slice(1, -1);
    throw error;
  }
}
