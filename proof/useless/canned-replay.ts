/**
 * A server that plays a recording: the n-th request of a shape (method, and path without ids and query) gets the n-th
 * recorded answer of that shape, then the last one for ever; a shape never recorded gets what was recorded last.
 */
import type { RequestListener } from 'node:http';
import type { Recorded, Recording } from './recording.ts';

/** Of this connection, or of the framing the body had then. */
const NOT_REPLAYED = new Set(['connection', 'keep-alive', 'transfer-encoding', 'content-length', 'date']);

function shapeOf(method: string, path: string): string {
  const segments = (path.split('?')[0] ?? '').split('/');
  // An id is a segment with a digit in it that is no version.
  return [method, ...segments.map((segment) => (/\d/.test(segment) && !/^v\d$/.test(segment) ? '*' : segment))].join(
    '/',
  );
}

export function cannedReplay(recording: Recording): RequestListener {
  if (recording.length === 0) throw new RangeError('recording: found no exchange; record a healthy run first');
  const answers = new Map<string, Recorded[]>();
  for (const recorded of recording) {
    const shape = shapeOf(recorded.method, recorded.path);
    answers.set(shape, [...(answers.get(shape) ?? []), recorded]);
  }
  return (req, res) => {
    req.resume();
    const queue = answers.get(shapeOf(req.method ?? '', req.url ?? ''));
    const recorded = (queue !== undefined && queue.length > 1 ? queue.shift() : queue?.[0]) ?? recording.at(-1);
    if (recorded === undefined) return;
    for (const [name, value] of recorded.headers) {
      if (!NOT_REPLAYED.has(name.toLowerCase())) res.appendHeader(name, value);
    }
    res.writeHead(recorded.status).end(recorded.body);
  };
}
