/**
 * One text per JSON value, made from raw text so that nothing is lost on the way: two texts are the same value exactly
 * when their canonical texts are equal. Object keys are sorted by UTF-16 code unit, strings have one escape form (lone
 * surrogates stay, escaped), numbers are compared by exact decimal value: `1.0`, `1`, `1e0` and `10e-1` are one number,
 * `-0` is `0`, 2^53+1 is not 2^53. Of two members with one key the last wins, as in ECMAScript. Idempotent.
 */
import { createHash } from 'node:crypto';

/** Deeper nesting, longer texts and longer exponents are refused, so that hostile JSON costs neither stack nor memory. */
export const JSON_LIMITS = { depth: 500, characters: 128 * 1024 * 1024, exponent_digits: 500 } as const;

/** The text is no JSON (RFC 8259), or beyond `JSON_LIMITS`. */
export class CanonicalJsonError extends Error {
  override readonly name = 'CanonicalJsonError';
}

export function canonicalJson(text: string): string {
  return new Scanner(text).whole((scanner) => scanner.value(0));
}

/**
 * The canonical text of one member of an object, given the object's raw JSON text; undefined when it has no such
 * member. Numbers inside keep their exact value, which `JSON.parse` would round.
 */
export function memberText(json: string, key: string): string | undefined {
  return new Scanner(json).whole((scanner) => {
    if (scanner.peek() === '{') return scanner.members(0).get(key);
    scanner.value(0);
    return undefined;
  });
}

/** The canonical text of each element of an array, given the array's raw JSON text. */
export function elementTexts(json: string): readonly string[] {
  return new Scanner(json).whole((scanner) => {
    if (scanner.peek() !== '[') scanner.refuse('expected an array');
    return scanner.elements(0);
  });
}

/**
 * A short stable hash: the first 13 hexadecimal digits of SHA-256. 52 bits, so that the oracle keeps it exactly in one
 * double; it only ever compares payloads pairwise, where the chance of a collision is 2^-52.
 */
export function payloadHash(canonical: string): string {
  return createHash('sha256').update(canonical).digest('hex').slice(0, 13);
}

const WHITE_SPACE = /[ \t\n\r]*/y;
const NUMBER = /(-?)(0|[1-9]\d*)(?:\.(\d+))?(?:[eE]([+-]?)0*(\d+))?/y;
const WORD = /true|false|null/y;

class Scanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
    if (text.length > JSON_LIMITS.characters) this.refuse(`longer than ${JSON_LIMITS.characters} characters`);
  }

  /** Reads with `read` and refuses anything after it. */
  whole<T>(read: (scanner: this) => T): T {
    const result = read(this);
    if (this.peek() !== undefined) this.refuse('expected the end');
    return result;
  }

  /** The next character that is no white space; undefined at the end. */
  peek(): string | undefined {
    this.#take(WHITE_SPACE);
    return this.#text[this.#at];
  }

  value(depth: number): string {
    if (depth > JSON_LIMITS.depth) this.refuse(`nested deeper than ${JSON_LIMITS.depth}`);
    switch (this.peek()) {
      case '{':
        return this.#object(depth);
      case '[':
        return `[${this.elements(depth).join(',')}]`;
      case '"':
        return JSON.stringify(this.#string());
      case 't':
      case 'f':
      case 'n':
        return this.#take(WORD)?.[0] ?? this.refuse('expected true, false or null');
      default:
        return this.#number();
    }
  }

  /** Canonical text by decoded key. */
  members(depth: number): ReadonlyMap<string, string> {
    const members = new Map<string, string>();
    this.#list('}', () => {
      if (this.peek() !== '"') this.refuse('expected a key');
      const key = this.#string();
      if (this.peek() !== ':') this.refuse('expected ":"');
      this.#at += 1;
      members.set(key, this.value(depth + 1));
    });
    return members;
  }

  elements(depth: number): readonly string[] {
    const elements: string[] = [];
    this.#list(']', () => {
      elements.push(this.value(depth + 1));
    });
    return elements;
  }

  refuse(what: string): never {
    throw new CanonicalJsonError(`not readable as JSON at character ${this.#at}: ${what}`);
  }

  #object(depth: number): string {
    // The default order of sort() is that of UTF-16 code units.
    const members = this.members(depth);
    const keys = [...members.keys()].sort();
    return `{${keys.map((key) => `${JSON.stringify(key)}:${members.get(key) ?? ''}`).join(',')}}`;
  }

  /** From the opening bracket past the closing one. */
  #list(close: string, item: () => void): void {
    this.#at += 1;
    if (this.peek() === close) {
      this.#at += 1;
      return;
    }
    for (;;) {
      item();
      const next = this.peek();
      if (next !== ',' && next !== close) this.refuse(`expected "," or "${close}"`);
      this.#at += 1;
      if (next === close) return;
    }
  }

  #string(): string {
    const start = this.#at;
    let end = this.#text.indexOf('"', start + 1);
    while (end !== -1 && this.#isEscaped(end)) end = this.#text.indexOf('"', end + 1);
    if (end === -1) return this.refuse('a string without its end');
    try {
      const text = JSON.parse(this.#text.slice(start, end + 1)) as string;
      this.#at = end + 1;
      return text;
    } catch {
      return this.refuse('a string with a control character or a bad escape');
    }
  }

  /** An odd number of backslashes stands before it. */
  #isEscaped(index: number): boolean {
    let before = index - 1;
    while (this.#text[before] === '\\') before -= 1;
    return (index - before) % 2 === 0;
  }

  #number(): string {
    const match = this.#take(NUMBER);
    if (match === null) return this.refuse('expected a value');
    const [, sign = '', whole = '', fraction = '', exponentSign = '', exponent = ''] = match;
    if (exponent.length > JSON_LIMITS.exponent_digits) {
      this.refuse(`an exponent of more than ${JSON_LIMITS.exponent_digits} digits`);
    }
    const digits = trimZeros(whole + fraction);
    if (digits.text === '') return '0';
    const shift = BigInt(digits.dropped - fraction.length);
    return decimal(sign, digits.text, BigInt(`${exponentSign === '-' ? '-' : ''}${exponent || '0'}`) + shift);
  }

  #take(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (match !== null) this.#at = pattern.lastIndex;
    return match;
  }
}

/** Without leading and trailing zeros; `dropped` counts the trailing ones. Linear, where a regular expression is not. */
function trimZeros(digits: string): { readonly text: string; readonly dropped: number } {
  let start = 0;
  let end = digits.length;
  while (start < end && digits[start] === '0') start += 1;
  while (end > start && digits[end - 1] === '0') end -= 1;
  return { text: digits.slice(start, end), dropped: digits.length - end };
}

/** Zeros written out at most; beyond it the exponent is written, which is what keeps `1e999999999` short. */
const PLAIN_ZEROS = 20n;

/** ±digits × 10^exponent, where digits has no zero at either end: so each value has one form. */
function decimal(sign: string, digits: string, exponent: bigint): string {
  if (exponent >= 0n && exponent <= PLAIN_ZEROS) return sign + digits + '0'.repeat(Number(exponent));
  const point = BigInt(digits.length) + exponent;
  if (exponent < 0n && point > 0n) return `${sign}${digits.slice(0, Number(point))}.${digits.slice(Number(point))}`;
  if (exponent < 0n && -point <= PLAIN_ZEROS) return `${sign}0.${'0'.repeat(Number(-point))}${digits}`;
  return `${sign}${digits}e${exponent}`;
}
