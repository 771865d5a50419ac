/**
 * The head of an HTTP/1.1 message, kept line by line as it was on the wire: order, case and spacing survive unless a
 * field is changed. Text is latin1, so every byte has one character.
 */
import type { HeaderList } from '../../harness/client/exchange.ts';

interface Field {
  readonly name: string;
  readonly value: string;
  readonly line: string;
}

const HEAD_END = '\r\n\r\n';

/** Index just past the blank line that ends a head, or -1 while it has not arrived. */
export function headEnd(bytes: Buffer): number {
  const index = bytes.indexOf(HEAD_END, 0, 'latin1');
  return index < 0 ? -1 : index + HEAD_END.length;
}

function parseField(line: string): Field | null {
  const colon = line.indexOf(':');
  // A folded line (leading space) or a line without a name is not ours to reinterpret.
  if (colon < 1 || line.startsWith(' ') || line.startsWith('\t')) return null;
  return { name: line.slice(0, colon), value: line.slice(colon + 1).trim(), line };
}

/** The fields of a head; start lines are the subclasses' matter. */
abstract class Head {
  #fields: Field[];

  protected constructor(fields: Field[]) {
    this.#fields = fields;
  }

  protected abstract startLine(): string;

  /** First value of a field, case-insensitively; null when absent. */
  get(name: string): string | null {
    return this.all(name)[0] ?? null;
  }

  all(name: string): string[] {
    const wanted = name.toLowerCase();
    return this.#fields.filter((field) => field.name.toLowerCase() === wanted).map((field) => field.value);
  }

  /** Replaces the field where it first stood, or adds it at the end. */
  set(name: string, value: string): void {
    const wanted = name.toLowerCase();
    const at = this.#fields.findIndex((field) => field.name.toLowerCase() === wanted);
    if (at < 0) {
      this.append(name, value);
      return;
    }
    this.#fields = this.#fields.filter((field, index) => index === at || field.name.toLowerCase() !== wanted);
    this.#fields[at] = { name, value, line: `${name}: ${value}` };
  }

  append(name: string, value: string): void {
    this.#fields.push({ name, value, line: `${name}: ${value}` });
  }

  /** Returns whether there was one. */
  remove(name: string): boolean {
    const wanted = name.toLowerCase();
    const before = this.#fields.length;
    this.#fields = this.#fields.filter((field) => field.name.toLowerCase() !== wanted);
    return this.#fields.length < before;
  }

  /** Whether a comma-separated field holds the token. */
  hasToken(name: string, token: string): boolean {
    return this.all(name).some((value) =>
      value
        .toLowerCase()
        .split(',')
        .some((part) => part.trim() === token),
    );
  }

  entries(): HeaderList {
    return this.#fields.map((field) => [field.name, field.value] as const);
  }

  toBuffer(): Buffer {
    const lines = [this.startLine(), ...this.#fields.map((field) => field.line)];
    return Buffer.from(lines.join('\r\n') + HEAD_END, 'latin1');
  }

  protected copyFields(): Field[] {
    return [...this.#fields];
  }
}

function splitHead(bytes: Buffer): { readonly start: string; readonly fields: Field[] } | null {
  const [start, ...lines] = bytes.toString('latin1', 0, bytes.length - HEAD_END.length).split('\r\n');
  const fields = lines.map(parseField).filter((field) => field !== null);
  return start === undefined || fields.length < lines.length ? null : { start, fields };
}

export class RequestHead extends Head {
  readonly method: string;
  /** The request target: path and query. */
  path: string;
  readonly #version: string;

  private constructor(method: string, path: string, version: string, fields: Field[]) {
    super(fields);
    this.method = method;
    this.path = path;
    this.#version = version;
  }

  /** null when the bytes are no head that HTTP/1.x defines; `bytes` ends with the blank line. */
  static parse(bytes: Buffer): RequestHead | null {
    const head = splitHead(bytes);
    const [, method, path, version] = /^([!-~]+) (\S+) (HTTP\/1\.[01])$/.exec(head?.start ?? '') ?? [];
    if (head === null || method === undefined || path === undefined || version === undefined) return null;
    return new RequestHead(method, path, version, head.fields);
  }

  protected override startLine(): string {
    return `${this.method} ${this.path} ${this.#version}`;
  }
}

export class ResponseHead extends Head {
  status: number;
  reason: string;
  readonly #version: string;

  private constructor(version: string, status: number, reason: string, fields: Field[]) {
    super(fields);
    this.#version = version;
    this.status = status;
    this.reason = reason;
  }

  /** null when the bytes are no head that HTTP/1.x defines; `bytes` ends with the blank line. */
  static parse(bytes: Buffer): ResponseHead | null {
    const head = splitHead(bytes);
    const [, version, status, reason] = /^(HTTP\/1\.[01]) (\d{3})( .*)?$/.exec(head?.start ?? '') ?? [];
    if (head === null || version === undefined || status === undefined) return null;
    return new ResponseHead(version, Number(status), reason?.slice(1) ?? '', head.fields);
  }

  static of(status: number, reason: string, headers: HeaderList): ResponseHead {
    const head = new ResponseHead('HTTP/1.1', status, reason, []);
    for (const [name, value] of headers) head.append(name, value);
    return head;
  }

  copy(): ResponseHead {
    return new ResponseHead(this.#version, this.status, this.reason, this.copyFields());
  }

  /** `text/event-stream`, parameters apart. */
  get isEventStream(): boolean {
    return this.status === 200 && (this.get('content-type') ?? '').toLowerCase().startsWith('text/event-stream');
  }

  protected override startLine(): string {
    return `${this.#version} ${this.status} ${this.reason}`;
  }
}
