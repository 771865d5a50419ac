/** Answers to one request about several streams, as a stranger can compare them. */
import type { Exchange } from '../../harness/client/exchange.ts';

export interface Answer {
  /** The stream that was asked about. */
  readonly id: string;
  readonly exchange: Exchange;
}

export interface Difference {
  readonly by: 'status' | 'body' | 'headers';
  /** What was compared, of the one and of the first that is unlike it; ids, which the asker knows, are masked. */
  readonly seen: string;
  readonly other: string;
}

/**
 * What tells an answer from each of the others: the status, the bytes of the body, or headers in their order. A header
 * that differs among the others too tells nothing: a date, the number of a request, what is left of a limit.
 */
export function difference(answer: Answer, others: readonly Answer[]): Difference | null {
  const ids = [answer, ...others].map(({ id }) => id);
  const idle = varyingHeaders(others);
  // A body that quotes the id is as much longer as the id is.
  if (new Set(ids.map(({ length }) => length)).size > 1) idle.add('content-length');
  for (const by of ['status', 'body', 'headers'] as const) {
    const seen = masked(part(answer.exchange, by, idle), ids);
    const other = others.map(({ exchange }) => masked(part(exchange, by, idle), ids)).find((its) => its !== seen);
    if (other !== undefined) return { by, seen, other };
  }
  return null;
}

function varyingHeaders(answers: readonly Answer[]): Set<string> {
  const names = new Set(answers.flatMap(({ exchange }) => exchange.headers.map(([name]) => name.toLowerCase())));
  const values = (name: string) => new Set(answers.map((answer) => valuesOf(answer, name)));
  return new Set([...names].filter((name) => values(name).size > 1));
}

function valuesOf({ id, exchange }: Answer, name: string): string {
  const values = exchange.headers.filter(([its]) => its.toLowerCase() === name).map(([, value]) => value);
  return masked(JSON.stringify(values), [id]);
}

function part({ status, headers, body }: Exchange, by: Difference['by'], idle: ReadonlySet<string>): string {
  if (by === 'status') return String(status);
  if (by === 'body') return body.toString('latin1');
  return JSON.stringify(headers.filter(([name]) => !idle.has(name.toLowerCase())));
}

/** All of the ids in every text: a short one may stand there by chance. */
function masked(text: string, ids: readonly string[]): string {
  return ids.toSorted((a, b) => b.length - a.length).reduce((rest, id) => rest.replaceAll(id, '{id}'), text);
}
