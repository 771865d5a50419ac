/** Records what passes a proxy, to be played back by a server that understands nothing of it. */
import type { Body, Fault, FaultContext } from '../../chaos/index.ts';
import type { HeaderList } from '../../harness/client/exchange.ts';

export interface Recorded {
  readonly method: string;
  /** Path and query as asked. */
  readonly path: string;
  readonly status: number;
  readonly headers: HeaderList;
  readonly body: Buffer;
}

/** In the order in which the answers began. */
export type Recording = readonly Recorded[];

export interface Recorder {
  /** Arm it on a proxy in front of a healthy server. It changes nothing. */
  readonly fault: Fault;
  readonly recording: Recording;
}

/** What comes later is not recorded; a body is recorded up to its bound. */
const MAX_EXCHANGES = 5_000;
const MAX_BODY_BYTES = 256 * 1024;

export function recorder(): Recorder {
  const recording: { method: string; path: string; status: number; headers: HeaderList; body: Buffer }[] = [];
  const record = (context: FaultContext, status: number, headers: HeaderList): ((bytes: Buffer) => void) => {
    if (recording.length >= MAX_EXCHANGES) return () => undefined;
    const { method, path } = context.request.head;
    const entry = { method, path, status, headers, body: Buffer.alloc(0) };
    recording.push(entry);
    return (bytes) => {
      if (entry.body.length + bytes.length <= MAX_BODY_BYTES) entry.body = Buffer.concat([entry.body, bytes]);
    };
  };
  async function* listening(body: Body, heard: (bytes: Buffer) => void): AsyncGenerator<Buffer, void> {
    for await (const bytes of body) {
      heard(bytes);
      yield bytes;
    }
  }
  const fault: Fault = {
    name: 'recorder',
    response: ({ head, body }, context) => ({
      head,
      body: listening(body, record(context, head.status, head.entries())),
    }),
  };
  return { fault, recording };
}
