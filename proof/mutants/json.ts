/** Rewrites JSON answers as text, so that what is not touched keeps its exact text. */
import type { Body, Fault, FaultContext, ProxyResponse } from '../../chaos/index.ts';

/** Larger answers pass as they are. */
const MAX_JSON_BYTES = 64 * 1024 * 1024;

async function* oneOf(text: string): AsyncGenerator<Buffer, void> {
  yield Buffer.from(text, 'utf8');
}

async function textOf(body: Body): Promise<string> {
  const parts: Buffer[] = [];
  for await (const bytes of body) parts.push(bytes);
  return Buffer.concat(parts).toString('utf8');
}

/** `change` gets the whole body of each JSON answer that has one and gives the text to send. */
export function rewriteJson(
  name: string,
  change: (text: string, context: FaultContext, answer: ProxyResponse['head']) => string,
): Fault {
  return {
    name,
    response: async (response, context) => {
      const { head } = response;
      const isJson = (head.get('content-type') ?? '').toLowerCase().startsWith('application/json');
      const length = Number(head.get('content-length') ?? '0');
      if (!isJson || context.request.head.method === 'HEAD' || length > MAX_JSON_BYTES) return response;
      const before = await textOf(response.body);
      const after = change(before, context, head);
      if (head.get('content-length') !== null) head.set('Content-Length', String(Buffer.byteLength(after)));
      return { head, body: oneOf(after) };
    },
  };
}
