/**
 * Finds secrets in bytes, as they are or encoded, so that nothing shows them. A secret keeps one label for the whole
 * run, so that two places that show the same label held the same secret.
 */
import { printableBytes } from './printable-bytes.ts';

export interface Secret {
  /**
   * What kind of secret: a key of an account, a value of a configured header, a ticket, a credential of unknown origin,
   * a variable in a hook's command.
   */
  readonly kind: 'key' | 'header' | 'ticket' | 'credential' | 'variable';
  /** Tells it from others of its kind: the account's id, the header's name, a number, the variable's name. */
  readonly name: string;
  readonly value: string;
}

/** Bytes `[start, end)` that spell a secret. */
export interface SecretSpan {
  readonly start: number;
  readonly end: number;
  readonly secret: Secret;
  /** The bytes are the secret itself, not an encoding of it. */
  readonly literal: boolean;
}

/** Shorter ones are none, and hiding them would blot out half of every transcript. */
const MIN_SECRET_BYTES = 4;
/** What only looks like a secret by its place may be an ordinary word: `Bearer none`. */
export const MIN_LEARNT_BYTES = 8;
/** A quotation that was cut short may end within a secret; so much of its beginning gives it away. */
const MIN_BEGINNING_BYTES = 8;
/** What stands behind a quotation that was cut short, where it is not the end. */
const BEHIND_A_CUT = ['…', '"', "'", '‹'].map((text) => Buffer.from(text));

export function labelOf({ kind, name }: Secret): string {
  return `‹${kind}:${name}›`;
}

interface Variant {
  readonly bytes: Buffer;
  readonly secret: Secret;
  readonly literal: boolean;
}

/** The characters of base64 that any text shows which encodes the secret together with something before and after it. */
function base64Cores(value: Buffer, encoding: 'base64' | 'base64url'): string[] {
  return [0, 1, 2].map((shift) => {
    const text = Buffer.concat([Buffer.alloc(shift), value])
      .toString(encoding)
      .replace(/=+$/, '');
    // A character that also carries bits of a neighbouring byte is not the secret's own.
    const first = Math.ceil((shift * 8) / 6);
    const last = Math.floor(((shift + value.length) * 8) / 6);
    return text.slice(first, last);
  });
}

function variantsOf(secret: Secret): Variant[] {
  const { value } = secret;
  const bytes = Buffer.from(value);
  const encoded = [
    bytes,
    // A header's characters are single bytes.
    Buffer.from(value, 'latin1'),
    ...[
      encodeURIComponent(value),
      encodeURIComponent(value).replaceAll('%20', '+'),
      encodeURIComponent(value).replace(/%[0-9A-F]{2}/g, (escape) => escape.toLowerCase()),
      printableBytes(bytes),
      JSON.stringify(value).slice(1, -1),
      bytes.toString('base64'),
      bytes.toString('base64url'),
      ...base64Cores(bytes, 'base64'),
      ...base64Cores(bytes, 'base64url'),
      bytes.toString('hex'),
      bytes.toString('hex').toUpperCase(),
    ].map((text) => Buffer.from(text)),
  ].filter(({ length }) => length >= MIN_SECRET_BYTES);
  const distinct = new Map(encoded.map((spelling) => [spelling.toString('latin1'), spelling]));
  return Array.from(distinct.values(), (spelling) => ({ bytes: spelling, secret, literal: spelling.equals(bytes) }));
}

/** In order and without overlap. */
function merged(found: readonly SecretSpan[]): SecretSpan[] {
  const apart: SecretSpan[] = [];
  for (const span of found.toSorted((a, b) => a.start - b.start || b.end - a.end)) {
    const last = apart.at(-1);
    if (last === undefined || span.start >= last.end) apart.push(span);
    // Two secrets that overlap hide together under the first one's label.
    else if (span.end > last.end) apart[apart.length - 1] = { ...last, end: span.end, literal: false };
  }
  return apart;
}

function isCut(bytes: Buffer, end: number): boolean {
  return end === bytes.length || BEHIND_A_CUT.some((mark) => mark.equals(bytes.subarray(end, end + mark.length)));
}

export class Redactor {
  readonly #known = new Set<string>();
  readonly #variants: Variant[] = [];
  readonly #counts = new Map<Secret['kind'], number>();
  /** Length of the longest spelling of any secret, in bytes. */
  #longest = 0;

  constructor(secrets: readonly Secret[]) {
    for (const secret of secrets) this.#add(secret);
  }

  get longest(): number {
    return this.#longest;
  }

  /** Adds a secret met on the way; its name is its number among its kind. Without effect when it is known. */
  learn(kind: Secret['kind'], value: string): void {
    if (Buffer.byteLength(value) < MIN_LEARNT_BYTES) return;
    const number = (this.#counts.get(kind) ?? 0) + 1;
    if (this.#add({ kind, name: String(number), value })) this.#counts.set(kind, number);
  }

  #add(secret: Secret): boolean {
    if (this.#known.has(secret.value) || Buffer.byteLength(secret.value) < MIN_SECRET_BYTES) return false;
    this.#known.add(secret.value);
    for (const variant of variantsOf(secret)) {
      this.#variants.push(variant);
      this.#longest = Math.max(this.#longest, variant.bytes.length);
    }
    return true;
  }

  /** Where secrets stand, in order and without overlap. */
  spans(bytes: Buffer): SecretSpan[] {
    const found: SecretSpan[] = [];
    for (const { bytes: needle, secret, literal } of this.#variants) {
      for (let start = bytes.indexOf(needle); start >= 0; start = bytes.indexOf(needle, start + 1)) {
        found.push({ start, end: start + needle.length, secret, literal });
      }
    }
    return merged(found);
  }

  /** Beginnings of secrets at which a quotation was cut. */
  #beginnings(bytes: Buffer): SecretSpan[] {
    return this.#variants.flatMap(({ bytes: needle, secret }) => {
      if (needle.length <= MIN_BEGINNING_BYTES) return [];
      const found: SecretSpan[] = [];
      const beginning = needle.subarray(0, MIN_BEGINNING_BYTES);
      for (let start = bytes.indexOf(beginning); start >= 0; start = bytes.indexOf(beginning, start + 1)) {
        let end = start + MIN_BEGINNING_BYTES;
        while (end < bytes.length && bytes[end] === needle[end - start]) end++;
        // An account's id may be what its key begins with, and is no secret.
        const is_name = bytes.toString('utf8', start, end) === secret.name;
        if (isCut(bytes, end) && !is_name) found.push({ start, end, secret, literal: false });
      }
      return found;
    });
  }

  /** A header value, path, message or quotation without its secrets. */
  text(text: string): string {
    const bytes = Buffer.from(text);
    let shown = '';
    let position = 0;
    for (const span of merged([...this.spans(bytes), ...this.#beginnings(bytes)])) {
      shown += bytes.toString('utf8', position, span.start) + labelOf(span.secret);
      position = span.end;
    }
    return shown + bytes.toString('utf8', position);
  }
}
