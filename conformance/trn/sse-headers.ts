/** What the headers of a stream must say, looked at on a stream that is idle. */
import { defineCheck, type Check, type Needs } from '../../harness/check.ts';
import { header, type HeaderList } from '../../harness/client/exchange.ts';
import type { Lab } from '../../harness/lab.ts';
import type { RowId } from '../../spec/row.ts';
import { HEADERS_TIMEOUT_MS } from '../../harness/timeouts.ts';
import { oneInstance } from '../support/direct.ts';

interface HeaderDemand {
  readonly id: string;
  readonly row: RowId;
  readonly title: string;
  /** Header whose value is the evidence. */
  readonly header: string;
  readonly expected: string;
  readonly holds: (headers: HeaderList) => boolean;
  /** An ingress may rewrite it: ask an instance directly. */
  readonly direct?: boolean;
}

const DEMANDS: readonly HeaderDemand[] = [
  {
    id: 'sse-content-type',
    row: 'TRN-01',
    title: 'Opens a stream and reads its Content-Type',
    header: 'Content-Type',
    expected: '200 with Content-Type: text/event-stream',
    holds: (headers) => /^text\/event-stream\s*(?:;|$)/i.test(header(headers, 'content-type') ?? ''),
  },
  {
    id: 'sse-cache-control',
    row: 'TRN-02',
    title: 'Opens a stream and reads its Cache-Control',
    header: 'Cache-Control',
    expected: 'Cache-Control with no-cache or no-store',
    holds: (headers) => /(?:^|[\s,])no-(?:cache|store)(?:$|[\s,=])/i.test(header(headers, 'cache-control') ?? ''),
  },
  {
    id: 'sse-accel-buffering',
    row: 'TRN-03',
    title: 'Opens a stream on an instance and reads its X-Accel-Buffering',
    header: 'X-Accel-Buffering',
    expected: 'X-Accel-Buffering: no',
    holds: (headers) => header(headers, 'x-accel-buffering')?.trim().toLowerCase() === 'no',
    direct: true,
  },
  {
    id: 'sse-chunked',
    row: 'TRN-04',
    title: 'Opens a stream and looks for a Content-Length',
    header: 'Content-Length',
    expected: 'Transfer-Encoding: chunked and no Content-Length',
    holds: (headers) =>
      header(headers, 'content-length') === null && /\bchunked\b/i.test(header(headers, 'transfer-encoding') ?? ''),
  },
  {
    id: 'sse-keep-alive',
    row: 'TRN-05',
    title: 'Opens a stream on an instance and reads its Connection header',
    header: 'Connection',
    expected: 'Connection: keep-alive',
    holds: (headers) => /\bkeep-alive\b/i.test(header(headers, 'connection') ?? ''),
    direct: true,
  },
];

export const SSE_HEADERS: readonly Check[] = DEMANDS.map((demand) => {
  const needs: Needs = { operations: ['create', 'subscribe'], ...(demand.direct === true ? { instances: 1 } : {}) };
  return defineCheck({
    id: demand.id,
    rows: [demand.row],
    title: demand.title,
    needs,
    isolation: 'shared',
    costs: { streams: 1, connections: 2 },
    run: async (lab: Lab) => headersHold(lab, demand),
  });
});

async function headersHold(lab: Lab, demand: HeaderDemand): Promise<void> {
  // The stream is started where it is asked for: instances need not share a store.
  const route = demand.direct === true ? oneInstance(lab) : {};
  const stream = await lab.start({}, route);
  // An event is there to be read, so that a server that withholds its headers until the first one is judged elsewhere.
  if (lab.target.dialect.operations.has('append')) await lab.append(stream, lab.events(1), route);
  await using subscription = lab.subscribe(stream, route);
  const { status, headers } = await subscription.opened;
  lab.given(status !== 0, 'no-answer', `the subscription was not answered within ${String(HEADERS_TIMEOUT_MS)} ms`);
  lab.expect(status === 200 && demand.holds(headers), {
    reason: 'wrong-header',
    expected: demand.expected,
    observed: `${String(status)} with ${demand.header}: ${header(headers, demand.header) ?? '(absent)'}`,
    evidence: { status, header: demand.header, value: header(headers, demand.header) },
    exchanges: [subscription.number],
  });
}
