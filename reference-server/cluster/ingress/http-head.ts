/**
 * Heads of HTTP/1.1 messages as the ingress needs them: read strictly, written back byte for byte but for what
 * belongs to one hop (RFC 9112 §2–§3, RFC 9110 §7.6.1). Bytes travel as latin1, so nothing is re-encoded.
 */

/** A head that is not HTTP/1.x, or whose framing could be read in two ways (request smuggling). */
export class MalformedHead extends Error {
  override readonly name = 'MalformedHead';
}

export type HeadField = readonly [name: string, value: string];

export interface Head {
  /** Request or status line, without its line end. */
  readonly start_line: string;
  /** In order, names in the case they came in. */
  readonly fields: readonly HeadField[];
}

export interface RequestHead extends Head {
  readonly method: string;
  /** As it stands in the request line: path and query. */
  readonly target: string;
  readonly minor_version: 0 | 1;
}

export interface ResponseHead extends Head {
  readonly status: number;
}

const END = Buffer.from('\r\n\r\n');
const REQUEST_LINE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+) ([^ ]+) HTTP\/1\.([01])$/;
const STATUS_LINE = /^HTTP\/1\.[01] ([1-9][0-9]{2})(?: .*)?$/;
const FIELD_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** A proxy speaks for itself about these, whatever came in. */
const HOP_FIELDS = new Set(['connection', 'keep-alive', 'proxy-connection', 'te', 'upgrade']);

/** Offset just past the blank line, or -1 while the head is incomplete. `from`: bytes already searched. */
export function headEnd(bytes: Buffer, from = 0): number {
  const at = bytes.indexOf(END, Math.max(0, from - END.length + 1));
  return at === -1 ? -1 : at + END.length;
}

/** `bytes` is a whole head, its blank line included. */
function parseHead(bytes: Buffer): Head {
  const lines = bytes.toString('latin1', 0, bytes.length - END.length).split('\r\n');
  const fields: HeadField[] = [];
  for (const line of lines.slice(1)) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon);
    if (colon < 1 || !FIELD_NAME.test(name)) throw new MalformedHead('a header line has no valid name');
    fields.push([name, line.slice(colon + 1).trim()]);
  }
  if (lines.some((line) => /[\r\n\0]/.test(line))) throw new MalformedHead('a line holds a bare CR, LF or NUL');
  return { start_line: lines[0] ?? '', fields };
}

export function parseRequestHead(bytes: Buffer): RequestHead {
  const head = parseHead(bytes);
  const match = REQUEST_LINE.exec(head.start_line);
  if (match === null) throw new MalformedHead('the request line is not "METHOD target HTTP/1.1"');
  return { ...head, method: match[1] ?? '', target: match[2] ?? '', minor_version: match[3] === '0' ? 0 : 1 };
}

export function parseResponseHead(bytes: Buffer): ResponseHead {
  const head = parseHead(bytes);
  const match = STATUS_LINE.exec(head.start_line);
  if (match === null) throw new MalformedHead('the status line is not "HTTP/1.1 status reason"');
  return { ...head, status: Number(match[1]) };
}

/** Every value of a header, in order. `name` in lower case. */
export function fieldValues(head: Head, name: string): string[] {
  return head.fields.filter(([candidate]) => candidate.toLowerCase() === name).map(([, value]) => value);
}

/** Whether a comma-separated header names this token. Both in lower case. */
export function hasToken(head: Head, name: string, token: string): boolean {
  return fieldValues(head, name).some((value) => value.split(',').some((item) => item.trim().toLowerCase() === token));
}

/** The head for the next hop: everything as it came, hop-by-hop fields replaced by our own `Connection`. */
export function headForNextHop(head: Head, connection: 'keep-alive' | 'close'): Buffer {
  const named = new Set(fieldValues(head, 'connection').flatMap((value) => value.toLowerCase().split(/[\s,]+/)));
  let text = `${head.start_line}\r\n`;
  for (const [name, value] of head.fields) {
    const lower = name.toLowerCase();
    // A message may not drop its own framing by naming it in Connection.
    const framing = lower === 'transfer-encoding' || lower === 'content-length';
    if (!HOP_FIELDS.has(lower) && (framing || !named.has(lower))) text += `${name}: ${value}\r\n`;
  }
  return Buffer.from(`${text}Connection: ${connection}\r\n\r\n`, 'latin1');
}
