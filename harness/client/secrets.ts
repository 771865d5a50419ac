/** Which secrets there are: those of the config, and those met in exchanges. */
import type { Account, Target } from '../target.ts';
import { secretsOfPath, secretsOfText } from '../url-secrets.ts';
import { header, type Exchange } from './exchange.ts';
import { MIN_LEARNT_BYTES, type Redactor, type Secret } from './redactor.ts';

/** Members of JSON answers that do. */
const SECRET_MEMBERS = ['ticket', 'token', 'access_token', 'refresh_token', 'api_key', 'secret', 'password'];
/** Headers, either way, that hold nothing else; what stands there and is not known is hidden all the same. */
const SECRET_HEADERS = new Set(['authorization', 'proxy-authorization', 'x-api-key', 'cookie', 'set-cookie']);
/** Answers longer than this are no answers that hand out credentials. */
const MAX_ANSWER_BYTES = 64 * 1024;
/** Content types that can be read; an answer that names none is read too. */
const TEXT = /^\s*(?:$|text\/)|json|xml|javascript|x-www-form-urlencoded/i;

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

/** Teaches the redactor the tickets, tokens, signatures and credentials that an exchange shows. */
export function learnSecrets(redactor: Redactor, exchange: Exchange): void {
  for (const value of secretsOfPath(exchange.request.path)) redactor.learn('ticket', value);
  for (const [name, value] of [...(exchange.request.headers ?? []), ...exchange.headers]) {
    if (SECRET_HEADERS.has(name.toLowerCase())) redactor.learn('credential', credentialOf(value));
    else for (const secret of secretsOfText(value)) redactor.learn('ticket', secret);
  }
  for (const value of secretsOfAnswer(exchange)) redactor.learn('ticket', value);
}

/** What any text has in its URLs, and an answer in JSON in its members too. */
function secretsOfAnswer({ headers, chunks, body }: Exchange): string[] {
  const type = header(headers, 'content-type') ?? '';
  const body_bytes = chunks.reduce((sum, { bytes }) => sum + bytes.length, 0);
  if (!TEXT.test(type) || body_bytes > MAX_ANSWER_BYTES) return [];
  const text = body.toString();
  const members = /json/i.test(type)
    ? Array.from(text.matchAll(MEMBER), ([, literal = '""']) => unquoted(literal))
    : [];
  return [...members, ...secretsOfText(text)];
}

function unquoted(literal: string): string {
  try {
    return String(JSON.parse(literal));
  } catch (error) {
    if (error instanceof SyntaxError) return literal.slice(1, -1);
    throw error;
  }
}
