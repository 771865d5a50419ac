import type { JsonValue } from '../../spec/wire.ts';
import { maskParameters } from '../url-secrets.ts';
import { redactCommand, redactUrl } from './redact-command.ts';

export const MASK = '***';
/** Members whose texts are secrets wherever they stand. */
const SECRET_MEMBERS = new Set(['key', 'keys', 'other_keys', 'headers', 'env']);
/** Ids inside a masked part are no secrets: they tell which key a row was about. */
const PUBLIC_MEMBERS = new Set(['api_key_id', 'account_id']);

/** Members of hooks that are URLs; all other texts there are commands. */
const URL_MEMBERS = new Set(['post', 'get']);

/** What the texts of a part are: `open` ones tell by their form where a secret stands, the others do not. */
type Part = 'open' | 'secret' | 'hooks' | 'start';

const SHOWN: Readonly<Record<Part, (text: string, member: string) => string>> = {
  open: redactText,
  secret: (text) => (/^\$\{\w+\}$/.test(text) ? text : MASK),
  hooks: (text, member) => (URL_MEMBERS.has(member) ? redactUrl(redactText(text)) : redactCommand(text)),
  start: (text, member) => {
    if (member === 'command') return redactCommand(text);
    return member === 'ready' ? redactUrl(redactText(text)) : redactText(text);
  },
};

/** A copy of a config that may be shown: secrets masked; `${NAME}` stays as written. Functions are named. */
export function redactDocument(document: unknown): JsonValue {
  return redactNode(document, 'open', '', (name) => (name === 'hooks' || name === 'start' ? name : 'open'));
}

/** `partOf` tells what a member of this node belongs to; further down that is decided by `part`. */
function redactNode(node: unknown, part: Part, member: string, partOf: (name: string) => Part = () => part): JsonValue {
  if (typeof node === 'string') return SHOWN[part](node, member);
  if (typeof node === 'number' || typeof node === 'boolean') return part === 'secret' ? MASK : node;
  if (typeof node === 'function') return '[function]';
  if (Array.isArray(node)) return node.map((item) => redactNode(item, part, member));
  if (typeof node !== 'object' || node === null) return null;
  return Object.fromEntries(
    Object.entries(node).map(([name, child]) => {
      if (PUBLIC_MEMBERS.has(name)) return [name, redactNode(child, 'open', name)];
      return [name, redactNode(child, SECRET_MEMBERS.has(name) ? 'secret' : partOf(name), name)];
    }),
  );
}

/** What shows by its form alone that it is a secret: a password or token in a URL, a credential behind its scheme. */
export function redactText(text: string): string {
  const masked = text.replace(/(:\/\/)[^/@\s]+@/g, `$1${MASK}@`).replace(/\b(Bearer|Basic)\s+[^\s'"]+/gi, `$1 ${MASK}`);
  return maskParameters(masked, MASK);
}
