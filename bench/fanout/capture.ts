import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { createSseParser } from '../../harness/client/sse-parser.ts';

/**
 * The frames of a stream that has no event yet, each with its padding, as a live subscriber gets them: replayed together
 * they would share one padding. `publish` makes one event, and is called again when its frame was seen.
 */
export async function captureFrames(
  url: string,
  headers: Readonly<Record<string, string>>,
  count: number,
  publish: () => Promise<void>,
): Promise<readonly Buffer[]> {
  const request = get(url, { headers: { ...headers, accept: 'text/event-stream' }, agent: false });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const starts: number[] = [];
  // To the parser the padding behind a frame is the start of the next block; it was written with the frame before.
  let padded_to = 0;
  const parser = createSseParser((item) => {
    if (item.kind === 'comment') padded_to = item.end_offset;
    else if (item.kind === 'event') starts.push(Math.max(item.start_offset, padded_to));
  });
  const parts: Buffer[] = [];
  // One more than asked for: a frame ends where the next one begins.
  await publish();
  for await (const part of response as AsyncIterable<Buffer>) {
    const seen = starts.length;
    parts.push(part);
    parser.push(part, 0);
    if (starts.length > count) break;
    if (starts.length > seen) await publish();
  }
  if (starts.length <= count) throw new Error(`the stream ended after ${starts.length} events of ${count + 1}`);
  const body = Buffer.concat(parts);
  return starts.slice(0, count).map((start, index) => body.subarray(start, starts[index + 1]));
}
