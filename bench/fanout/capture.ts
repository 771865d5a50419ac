import { get, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { createSseParser } from '../../harness/client/sse-parser.ts';

/** The first `count` frames of a stream as the server sent them, what it puts between two events included. */
export async function captureFrames(
  url: string,
  headers: Readonly<Record<string, string>>,
  count: number,
): Promise<readonly Buffer[]> {
  const request = get(url, { headers: { ...headers, accept: 'text/event-stream' }, agent: false });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const starts: number[] = [];
  const parser = createSseParser((item) => {
    if (item.kind === 'event') starts.push(item.start_offset);
  });
  const parts: Buffer[] = [];
  for await (const part of response as AsyncIterable<Buffer>) {
    parts.push(part);
    parser.push(part, 0);
    // A frame ends where the next one begins.
    if (starts.length > count) break;
  }
  if (starts.length <= count) throw new Error(`the stream ended after ${starts.length} events of ${count + 1}`);
  const body = Buffer.concat(parts);
  return starts.slice(0, count).map((start, index) => body.subarray(start, starts[index + 1]));
}
