/** Answers that are no stream: one shape, one error envelope. Source: design 3 "Common". */
import { ERROR_STATUS } from '../../spec/errors.ts';
import type { Answer, Failure } from '../seams.ts';

const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' } as const;

/** Tells a client when a limit that refills, or a store that is away, is worth another try. */
const RETRY_AFTER_S = 1;

export const retryAfter = { 'retry-after': String(RETRY_AFTER_S) } as const;

export function json(status: number, body: string, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, headers: { ...JSON_TYPE, ...headers }, body };
}

export function empty(status: number, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, headers: { 'cache-control': 'no-store', ...headers }, body: '' };
}

export const failure: Failure = (code, message, extra = {}) =>
  json(ERROR_STATUS[code], JSON.stringify({ error: { code, message, ...extra.details } }), extra.headers);

/** The request is at fault; the message names the field, what was found and what is accepted. */
export class BadInput extends Error {
  override readonly name = 'BadInput';
}
