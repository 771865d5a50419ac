/** The command line that sends a recorded request again, its secrets as environment variables. */
import type { HeaderList, HttpRequest } from './exchange.ts';
import { labelOf, type Redactor, type Secret } from './redactor.ts';

/** Added by our client or by curl itself. */
const FRAMING = new Set(['host', 'content-length', 'connection']);

/** `'…'`, where a quote inside leaves and enters the quotes again. */
function singleQuoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Names a shell variable for each secret: `STREAMPROOF_KEY`, a second key `STREAMPROOF_KEY_2`. */
function variableNames(): (secret: Secret) => string {
  const names = new Map<string, string>();
  const used = new Map<string, number>();
  return (secret) => {
    const known = names.get(labelOf(secret));
    if (known !== undefined) return known;
    const kind = secret.kind === 'credential' ? 'key' : secret.kind;
    const word = kind === 'header' ? secret.name.replace(/[^a-z0-9]+/gi, '_') : kind;
    const base = `STREAMPROOF_${word.toUpperCase()}`;
    const count = (used.get(base) ?? 0) + 1;
    used.set(base, count);
    const name = count === 1 ? base : `${base}_${count}`;
    names.set(labelOf(secret), name);
    return name;
  };
}

/** Quotes a word for a POSIX shell. A secret becomes its variable; an encoded one cannot, and stands as its label. */
function shellWord(redactor: Redactor, variable: (secret: Secret) => string): (text: string) => string {
  return (text) => {
    const bytes = Buffer.from(text);
    let word = '';
    let position = 0;
    const literal = (end: number): void => {
      if (end > position) word += singleQuoted(bytes.toString('utf8', position, end));
    };
    for (const span of redactor.spans(bytes)) {
      literal(span.start);
      word += span.literal ? `"$${variable(span.secret)}"` : singleQuoted(labelOf(span.secret));
      position = span.end;
    }
    literal(bytes.length);
    return word === '' ? "''" : word;
  };
}

/** null: a body that no shell can pass on. */
function bodyText(body: HttpRequest['body']): string | null | undefined {
  if (body === undefined) return undefined;
  const bytes = Buffer.from(body);
  const text = bytes.toString('utf8');
  return text.includes('\0') || !Buffer.from(text).equals(bytes) ? null : text;
}

function methodOptions(method: string, has_body: boolean): string[] {
  if (method === 'HEAD') return ['--head'];
  return method === (has_body ? 'POST' : 'GET') ? [] : ['--request', singleQuoted(method)];
}

/** curl drops a header given without value unless it ends with a semicolon. */
function headerWord(name: string, value: string): string {
  return value === '' ? `${name};` : `${name}: ${value}`;
}

/** `origin` is where it goes: the request's path has the base URL's prefix already. */
export function toCurl(origin: URL, request: HttpRequest, redactor: Redactor): string | null {
  const body = bodyText(request.body);
  if (body === null) return null;
  const quote = shellWord(redactor, variableNames());
  const headers: HeaderList = request.headers ?? [];
  const own = headers.filter(([name, value]) => !FRAMING.has(name.toLowerCase()) || isUnusual(origin, name, value));
  const names = new Set(own.map(([name]) => name.toLowerCase()));
  return [
    // Nothing of the path is touched, no globs; what comes is shown as it comes, with its headers.
    ...['curl', '--http1.1', '--path-as-is', '--globoff', '--no-buffer', '--silent', '--show-error'],
    ...(request.method === 'HEAD' ? [] : ['--include']),
    ...methodOptions(request.method, body !== undefined),
    ...own.flatMap(([name, value]) => ['--header', quote(headerWord(name, value))]),
    // curl would call a body without a type a form.
    ...(body !== undefined && !names.has('content-type') ? ['--header', quote('Content-Type:')] : []),
    ...(body === undefined ? [] : ['--data-raw', quote(body)]),
    quote(origin.origin + request.path),
  ].join(' ');
}

function isUnusual(origin: URL, name: string, value: string): boolean {
  switch (name.toLowerCase()) {
    case 'host':
      return value !== origin.host;
    case 'connection':
      return value.toLowerCase() !== 'keep-alive';
    default:
      return false;
  }
}
