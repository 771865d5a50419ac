/** What a route, a stream and a cursor mean for a request. */
import type { Exchange, HeaderList } from '../client/exchange.ts';
import type { Route, StreamHandle } from '../lab.ts';

export function streamId(stream: StreamHandle | string): string {
  return typeof stream === 'string' ? stream : stream.id;
}

/** Reads as the stream's owner unless the route says who. */
export function withOwner(route: Route, stream: StreamHandle | string): Route {
  return route.account === undefined && typeof stream !== 'string' ? { ...route, account: stream.account } : route;
}

export function hostHeader(host: string | undefined): HeaderList {
  return host === undefined ? [] : [['Host', host]];
}

export function isCursor(cursor: string | undefined): boolean {
  return cursor === undefined || /^(?:0|[1-9]\d*)$/.test(cursor);
}

export function statusText(exchange: Exchange): string {
  return exchange.status === 0 ? `not at all (${exchange.end})` : String(exchange.status);
}

/** A ticket speaks for the owner of its stream. */
export function ticketHolder(ticket: string | undefined, stream: StreamHandle | string): string | null {
  return ticket === undefined || typeof stream === 'string' ? null : stream.account.account_id;
}
