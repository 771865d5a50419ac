import type { JsonValue } from '../../spec/wire.ts';

export const MASK = '***';
/** Members whose texts are secrets wherever they stand. */
const SECRET_MEMBERS = new Set(['key', 'keys', 'other_keys', 'headers', 'env']);
/** Ids inside a masked part are no secrets: they tell which key a row was about. */
const PUBLIC_MEMBERS = new Set(['api_key_id', 'account_id']);

/** A copy that may be shown: secrets masked, passwords in URLs too; `${NAME}` stays as written. Functions are named. */
export function redactDocument(node: unknown, secret = false): JsonValue {
  if (typeof node === 'string') {
    if (secret) return /^\$\{\w+\}$/.test(node) ? node : MASK;
    return redactText(node);
  }
  if (typeof node === 'number' || typeof node === 'boolean') return secret ? MASK : node;
  if (typeof node === 'function') return '[function]';
  if (Array.isArray(node)) return node.map((item) => redactDocument(item, secret));
  if (typeof node !== 'object' || node === null) return null;
  return Object.fromEntries(
    Object.entries(node).map(([name, child]) => [
      name,
      redactDocument(child, (secret || SECRET_MEMBERS.has(name)) && !PUBLIC_MEMBERS.has(name)),
    ]),
  );
}

/** What shows by its form alone that it is a secret: a password in a URL, a credential behind its scheme. */
export function redactText(text: string): string {
  return text.replace(/(:\/\/)[^/@\s]+@/g, `$1${MASK}@`).replace(/\b(Bearer|Basic)\s+[^\s'"]+/gi, `$1 ${MASK}`);
}
