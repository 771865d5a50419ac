/** Builds a dialect of HTTP + JSON + SSE from data. */
import { parse, stringify } from 'lossless-json';
import type { Operation } from '../../spec/capabilities.ts';
import type { Exchange, HttpRequest } from '../client/exchange.ts';
import type { SseEvent, SseItem } from '../client/sse-event.ts';
import { canonicalJson, CanonicalJsonError } from '../oracle/canonical-json.ts';
import type { DialectData } from './dialect-data.ts';
import { DialectError, type AppendEvent, type Dialect, type Reading, type SeenEvent } from './dialect.ts';
import { integerOf, listOf, objectOf, textOf, wholeNumber, type JsonObject } from './json-shape.ts';

/** Whether an event ends its stream; the payload as `JSON.parse` sees it. */
export type TerminalPredicate = (type: string, payload: unknown) => boolean;

export function httpDialect(data: DialectData, isTerminal: TerminalPredicate): Dialect {
  const { fields, headers, query } = data;

  function request(operation: Operation, stream: string, search: Readonly<Record<string, string | undefined>> = {}) {
    const template = data.requests[operation];
    if (template === undefined) throw new DialectError(`dialect ${data.name} has no operation "${operation}"`);
    const given = Object.entries(search).filter((entry): entry is [string, string] => entry[1] !== undefined);
    const suffix = given.length === 0 ? '' : `?${new URLSearchParams(given).toString()}`;
    return {
      method: template.method,
      path: template.path.replaceAll('{stream}', encodeURIComponent(stream)) + suffix,
    };
  }

  /** @throws DialectError for what is beyond the limits of a comparison: a target sends what it likes. */
  function comparable(text: string, where: string): string {
    try {
      return canonicalJson(text);
    } catch (error) {
      if (!(error instanceof CanonicalJsonError)) throw error;
      throw new DialectError(`${where}.${fields.event.payload}: ${error.message}`);
    }
  }

  /** `ids` are where the event's id may stand; an id outside (the SSE `id:` line) comes first. */
  function seenEvent(object: JsonObject, where: string, outerId: number | null): SeenEvent {
    const type = textOf(object, fields.event.type, where);
    const payload = object[fields.event.payload];
    if (payload === undefined) throw new DialectError(`${where}: no member "${fields.event.payload}"`);
    const text = stringify(payload) ?? 'null';
    const plain = JSON.parse(text) as unknown;
    const idField = fields.event.id.find((name) => object[name] !== undefined);
    const innerId = idField === undefined ? null : integerOf(object, idField, where);
    return {
      id: outerId ?? innerId ?? 0,
      ts: object[fields.event.ts] === undefined ? null : integerOf(object, fields.event.ts, where),
      type,
      payload: comparable(text, where),
      terminal: isTerminal(type, plain),
      epoch: member(plain, fields.event.epoch, 'number'),
      nonce: member(plain, fields.event.nonce, 'string'),
    };
  }

  function seenEvents(body: JsonObject): readonly SeenEvent[] {
    return listOf(body, fields.events, 'answer').map((item, index) => {
      const where = `${fields.events}[${String(index)}]`;
      const event = seenEvent(objectOf(item, where), where, null);
      if (event.id < 1) throw new DialectError(`${where}: no member "${fields.event.id.join('" or "')}"`);
      return event;
    });
  }

  function readEvent(item: SseEvent): Reading {
    if (data.heartbeat.kind === 'event' && item.type === data.heartbeat.name) return { kind: 'heartbeat' };
    const parsed = tryParse(item.data);
    if (item.type === data.gap.event) {
      const earliest = isObject(parsed) ? wholeNumber(parsed[data.gap.earliest]) : null;
      return { kind: 'gap', earliest: earliest !== null && earliest >= 1 ? earliest : null };
    }
    if (item.type === data.error_event) return { kind: 'error', message: item.data };
    if (!isObject(parsed)) return { kind: 'other' };
    if (data.heartbeat.kind === 'type' && parsed[fields.event.type] === data.heartbeat.name) {
      return { kind: 'heartbeat' };
    }
    if (typeof parsed[fields.event.type] !== 'string' || parsed[fields.event.payload] === undefined) {
      return { kind: 'other' };
    }
    const wireId = item.has_id && /^\d+$/.test(item.last_event_id) ? Number(item.last_event_id) : null;
    return { kind: 'event', event: seenEvent(parsed, 'data', wireId), cursor: item.last_event_id };
  }

  return {
    name: data.name,
    operations: new Set(Object.keys(data.requests) as Operation[]),
    terminal: data.terminal,
    sign: (key) => [[data.credentials.header, data.credentials.prefix + key]],

    start: ({ synthetic, client_id, idempotency_key }) => ({
      ...request('create', ''),
      headers: [
        ['Content-Type', 'application/json'],
        ...optionalHeader(headers.client_id, client_id),
        ...optionalHeader(headers.idempotency_key, idempotency_key),
      ],
      body: JSON.stringify(
        synthetic === undefined ? data.start_body.api : { ...data.start_body.synthetic, ...synthetic },
      ),
    }),
    readStarted: (exchange) => {
      const stream = textOf(jsonBody(exchange), fields.stream, 'answer');
      if (stream === '') throw new DialectError(`answer: "${fields.stream}" is empty`);
      return { stream };
    },

    append: (stream, events, options = {}) => ({
      ...request('append', stream),
      headers: [
        ['Content-Type', 'application/json'],
        ...optionalHeader(headers.idempotency_key, options.idempotency_key),
      ],
      body: `[${events.map((event) => eventText(event, fields.event)).join(',')}]`,
    }),
    readAppended: (exchange) => {
      const body = jsonBody(exchange);
      return { ids: listOf(body, fields.ids, 'answer').map((_, index) => integerAt(body, fields.ids, index)) };
    },

    subscribe: (stream, { cursor, via = 'header', ticket } = {}) => ({
      ...request('subscribe', stream, {
        [query.cursor]: via === 'query' ? cursor : undefined,
        [query.ticket]: ticket,
      }),
      headers: [
        ['Accept', 'text/event-stream'],
        ...optionalHeader(headers.cursor, via === 'header' ? cursor : undefined),
      ],
    }),
    readItem: (item: SseItem): Reading => {
      if (item.kind === 'silent') return { kind: 'other' };
      if (item.kind === 'event') return readEvent(item);
      return data.heartbeat.kind === 'comment' && !isPadding(item.text) ? { kind: 'heartbeat' } : { kind: 'other' };
    },

    poll: (stream, { after, limit, wait_ms } = {}) =>
      request('poll', stream, { [query.after]: after, [query.limit]: limit, [query.wait_ms]: wait_ms }),
    readPolled: (exchange) => {
      const body = jsonBody(exchange);
      return {
        events: seenEvents(body),
        next_cursor: String(integerOf(body, fields.next_cursor, 'answer')),
        status: textOf(body, fields.status, 'answer'),
      };
    },

    snapshot: (stream) => request('snapshot', stream),
    readSnapshot: (exchange) => {
      const body = jsonBody(exchange);
      return {
        events: seenEvents(body),
        last_event_id: integerOf(body, fields.last_event_id, 'answer'),
        event_count: integerOf(body, fields.event_count, 'answer'),
        status: textOf(body, fields.status, 'answer'),
      };
    },

    list: () => request('list', ''),
    readListed: (exchange) =>
      listOf(jsonBody(exchange), fields.streams, 'answer').map((item, index) => {
        const where = `${fields.streams}[${String(index)}]`;
        const entry = objectOf(item, where);
        return { stream: textOf(entry, fields.stream, where), status: textOf(entry, fields.status, where) };
      }),
    remove: (stream) => request('remove', stream),

    ticket: (stream) => request('ticket', stream),
    readTicket: (exchange) => ({ ticket: textOf(jsonBody(exchange), fields.ticket, 'answer') }),
  };
}

function optionalHeader(name: string, value: string | undefined): NonNullable<HttpRequest['headers']> {
  return value === undefined ? [] : [[name, value]];
}

/** The payload's text goes in as it is, so that numbers and escapes reach the server as the check wrote them. */
function eventText(event: AppendEvent, names: { readonly type: string; readonly payload: string }): string {
  return `{${JSON.stringify(names.type)}:${JSON.stringify(event.type)},${JSON.stringify(names.payload)}:${event.payload_json}}`;
}

/** Padding is a long run of blanks; a short or worded comment is a sign of life. */
function isPadding(text: string): boolean {
  return text.length >= 64 && text.trim() === '';
}

function jsonBody(exchange: Exchange): JsonObject {
  if (exchange.status < 200 || exchange.status > 299) {
    throw new DialectError(
      `status ${exchange.status === 0 ? `none (${exchange.end})` : exchange.status}, expected 2xx`,
    );
  }
  if (exchange.end !== 'complete') throw new DialectError(`the answer did not end (${exchange.end})`);
  const parsed = tryParse(exchange.body.toString('utf8'));
  if (parsed === undefined) throw new DialectError('the answer is no JSON');
  return objectOf(parsed, 'answer');
}

function tryParse(text: string): unknown {
  try {
    return parse(text);
  } catch {
    // Not JSON: the caller says what that means where it is read.
    return undefined;
  }
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function integerAt(body: JsonObject, name: string, index: number): number {
  return integerOf({ [name]: listOf(body, name, 'answer')[index] }, name, `answer[${String(index)}]`);
}

function member(payload: unknown, name: string, type: 'number'): number | null;
function member(payload: unknown, name: string, type: 'string'): string | null;
function member(payload: unknown, name: string, type: 'number' | 'string'): number | string | null {
  if (typeof payload !== 'object' || payload === null) return null;
  const value = (payload as Record<string, unknown>)[name];
  return typeof value === type ? (value as number | string) : null;
}
