/** A hop that compresses event streams, and with that holds them: the compressor waits for more. */
import { createGzip, constants } from 'node:zlib';
import type { Body, Fault } from '../fault.ts';

export interface GzipOptions {
  /** Flush after every piece: compressed, but not late. Default false. */
  readonly flush?: boolean;
  /** Compress also what did not ask for it. Default false. */
  readonly unasked?: boolean;
}

async function* compressed(body: Body, flush: boolean, bite: (detail: string) => void): AsyncGenerator<Buffer, void> {
  const gzip = createGzip(flush ? { flush: constants.Z_SYNC_FLUSH } : {});
  const feed = async (): Promise<void> => {
    try {
      for await (const bytes of body) {
        bite(`${bytes.length} bytes went into the compressor`);
        if (!gzip.write(bytes)) await new Promise((resolve) => gzip.once('drain', resolve));
      }
      gzip.end();
    } catch (error) {
      // Comes out again where the output is read.
      gzip.destroy(error instanceof Error ? error : new Error(String(error)));
    }
  };
  void feed();
  for await (const bytes of gzip) yield bytes as Buffer;
}

export function gzipResponses({ flush = false, unasked = false }: GzipOptions = {}): Fault {
  return {
    name: 'gzip',
    response: ({ head, body }, context) => {
      const asked = unasked || context.request.head.hasToken('accept-encoding', 'gzip');
      if (!asked || context.request.head.method === 'HEAD' || head.get('content-encoding') !== null)
        return { head, body };
      if (head.status === 204 || head.status === 304) return { head, body };
      head.set('Content-Encoding', 'gzip');
      if (head.remove('Content-Length')) head.set('Transfer-Encoding', 'chunked');
      return {
        head,
        body: compressed(body, flush, (detail) => {
          context.bite(detail);
        }),
      };
    },
  };
}
