/** What went over the wire, as lines to be shown: printable, redacted, shortened, with offsets and times. */
import type { TranscriptLine } from '../result.ts';
import type { Chunk, Exchange } from './exchange.ts';
import { printableBytes } from './printable-bytes.ts';
import type { Redactor } from './redactor.ts';
import { learnSecrets } from './secrets.ts';
import { counted, lineWriter, type LineLimits, type LineWriter } from './transcript-line.ts';

export interface TranscriptLimits extends LineLimits {
  /** Exchanges shown from the beginning and from the end; what is between is counted. */
  readonly first_exchanges: number;
  readonly last_exchanges: number;
  /** Likewise lines of one body. */
  readonly first_lines: number;
  readonly last_lines: number;
}

const TRANSCRIPT_LIMITS: TranscriptLimits = {
  first_exchanges: 40,
  last_exchanges: 20,
  first_lines: 160,
  last_lines: 80,
  line_bytes: 480,
  run_bytes: 32,
};

export interface Note {
  readonly at_ms: number;
  readonly text: string;
}

export interface TranscriptOptions {
  readonly redactor: Redactor;
  readonly notes?: readonly Note[];
  /** Times are shown since this moment. */
  readonly began_ms?: number;
  readonly limits?: Partial<TranscriptLimits>;
}

/** A piece of a body that is shown as one line: it ends with a line end or with its chunk. */
interface Piece {
  readonly offset: number;
  readonly length: number;
  readonly at_ms: number;
  /** The line goes on in the next chunk. */
  readonly cut: boolean;
}

const LF = 0x0a;
const CR = 0x0d;

function piecesOf(chunks: readonly Chunk[]): Piece[] {
  const pieces: Piece[] = [];
  for (const [index, { offset, at_ms, bytes }] of chunks.entries()) {
    for (let start = 0; start < bytes.length;) {
      let end = start;
      while (end < bytes.length && bytes[end] !== LF && bytes[end] !== CR) end++;
      const ended = end < bytes.length;
      if (ended) end += bytes[end] === CR && bytes[end + 1] === LF ? 2 : 1;
      pieces.push({ offset: offset + start, length: end - start, at_ms, cut: !ended && index < chunks.length - 1 });
      start = end;
    }
  }
  return pieces;
}

type Direction = TranscriptLine['direction'];

class TranscriptWriter {
  readonly lines: TranscriptLine[] = [];
  readonly #shown: LineWriter;
  readonly #limits: TranscriptLimits;
  readonly #began_ms: number;

  constructor(shown: LineWriter, limits: TranscriptLimits, began_ms: number) {
    this.#shown = shown;
    this.#limits = limits;
    this.#began_ms = began_ms;
  }

  /** `text` is printable already. */
  line(exchange: number, direction: Direction, at_ms: number, text: string, offset: number | null = null): void {
    this.lines.push({ exchange, direction, at_ms: at_ms - this.#began_ms, offset, text });
  }

  exchange(exchange: Exchange): void {
    const { number, request, sent_ms } = exchange;
    this.#head(number, 'sent', sent_ms, `${request.method} ${request.path} HTTP/1.1`, request.headers ?? []);
    if (request.body !== undefined) {
      const bytes = Buffer.from(request.body);
      this.#body(number, 'sent', [{ offset: 0, at_ms: sent_ms, bytes }], bytes);
    }
    if (exchange.headers_ms !== null) {
      this.#head(number, 'received', exchange.headers_ms, `HTTP/1.1 ${exchange.status}`, exchange.headers);
      this.#body(number, 'received', exchange.chunks, exchange.body);
    }
    this.line(number, 'note', exchange.ended_ms, endText(exchange));
  }

  #head(number: number, direction: Direction, at_ms: number, first: string, headers: Exchange['headers']): void {
    for (const text of [first, ...headers.map(([name, value]) => `${name}: ${value}`)]) {
      // Header text is one character per byte.
      const bytes = Buffer.from(text, 'latin1');
      this.line(number, direction, at_ms, this.#shown(bytes, 0, bytes.length));
    }
  }

  #body(number: number, direction: Direction, chunks: readonly Chunk[], body: Buffer): void {
    const { first_lines, last_lines } = this.#limits;
    const pieces = piecesOf(chunks);
    const left_out = pieces.slice(first_lines, Math.max(first_lines, pieces.length - last_lines));
    for (const [index, piece] of pieces.entries()) {
      if (index === first_lines && left_out.length > 1) {
        const bytes = left_out.reduce((sum, { length }) => sum + length, 0);
        this.line(number, 'note', piece.at_ms, `‹${counted(left_out.length)} lines, ${counted(bytes)} bytes left out›`);
      }
      if (left_out.length > 1 && index >= first_lines && index < first_lines + left_out.length) continue;
      const end = piece.offset + piece.length;
      const visible_end = withoutLineFeed(body, piece.offset, end);
      const text = this.#shown(body, piece.offset, visible_end);
      this.line(number, direction, piece.at_ms, text + (piece.cut ? '‹chunk ends›' : ''), piece.offset);
    }
  }
}

/** A line's LF is what every line has; anything else that ends it is shown. */
function withoutLineFeed(body: Buffer, start: number, end: number): number {
  const after_cr = end - start === 1 && start > 0 && body[start - 1] === CR;
  return body[end - 1] === LF && !after_cr ? end - 1 : end;
}

function endText({ end, error, chunks, discarded_bytes, reused_socket }: Exchange): string {
  const body_bytes = chunks.reduce((sum, { bytes }) => sum + bytes.length, 0) + discarded_bytes;
  const facts = [
    error === null ? end : `${end} (${error})`,
    `${counted(body_bytes)} body bytes`,
    ...(discarded_bytes > 0 ? [`${counted(discarded_bytes)} of them not kept`] : []),
    ...(reused_socket ? ['on a socket used before'] : []),
  ];
  return `ended: ${facts.join(', ')}`;
}

/** Lines of the exchanges and notes together, in order of time. */
export function transcribe(exchanges: readonly Exchange[], options: TranscriptOptions): TranscriptLine[] {
  const { redactor, notes = [], began_ms = 0 } = options;
  const limits = { ...TRANSCRIPT_LIMITS, ...options.limits };
  // Before anything is written: an early exchange may show what only a later one reveals to be a secret.
  for (const exchange of exchanges) learnSecrets(redactor, exchange);
  const writer = new TranscriptWriter(lineWriter(redactor, limits), limits, began_ms);
  const skipped = exchanges.slice(
    limits.first_exchanges,
    Math.max(limits.first_exchanges, exchanges.length - limits.last_exchanges),
  );
  for (const exchange of exchanges) {
    if (skipped.length > 1 && skipped.includes(exchange)) {
      if (exchange === skipped[0]) {
        writer.line(exchange.number, 'note', exchange.sent_ms, `‹${counted(skipped.length)} exchanges left out›`);
      }
      continue;
    }
    writer.exchange(exchange);
  }
  for (const { at_ms, text } of notes) {
    writer.line(0, 'note', at_ms, printableBytes(Buffer.from(redactor.text(text))));
  }
  return writer.lines.sort((a, b) => a.at_ms - b.at_ms);
}
