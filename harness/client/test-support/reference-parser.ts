/**
 * WHATWG HTML §9.2.6 read once more, as plainly as it can be written: the whole body at once, split by a regular
 * expression. Shares nothing with the parser it is the oracle of.
 */
import type { SseItem } from '../sse-event.ts';
import type { Parsed } from './parse.ts';

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** Every item stands at 0 ms. */
export function referenceParse(body: Uint8Array, initial_id = ''): Parsed {
  // One character per byte, so that string positions are byte offsets.
  const raw = Buffer.from(body).toString('latin1');
  const bom = raw.startsWith('\xef\xbb\xbf') ? 3 : 0;
  const items: SseItem[] = [];
  let cursor = initial_id;
  let id_buffer = initial_id;
  let retry_ms: number | null = null;
  let block: {
    start: number;
    fields: boolean;
    data: string[];
    type: string;
    has_id: boolean;
    retry: number | null;
  } | null = null;

  for (const match of raw.slice(bom).matchAll(/([^\r\n]*)(?:\r\n|\n|\r)/g)) {
    const start_offset = bom + match.index;
    const bytes = match[1] ?? '';
    const end_offset = start_offset + bytes.length + 1;
    if (bytes === '') {
      if (block === null) continue;
      cursor = id_buffer;
      const place = { last_event_id: cursor, has_id: block.has_id, start_offset: block.start, end_offset, at_ms: 0 };
      if (block.data.length > 0) {
        items.push({ kind: 'event', type: block.type || 'message', data: block.data.join('\n'), ...place });
      } else if (block.fields) items.push({ kind: 'silent', retry_ms: block.retry, ...place });
      block = null;
      continue;
    }
    block ??= { start: start_offset, fields: false, data: [], type: '', has_id: false, retry: null };
    const line = decoder.decode(Buffer.from(bytes, 'latin1'));
    const [, name = '', value = ''] = /^([^:]*)(?:: ?)?([^]*)$/.exec(line) ?? [];
    if (name === '') {
      items.push({ kind: 'comment', text: value, start_offset, end_offset, at_ms: 0 });
      continue;
    }
    block.fields = true;
    if (name === 'data') block.data.push(value);
    if (name === 'event') block.type = value;
    if (name === 'id' && !value.includes('\0')) {
      id_buffer = value;
      block.has_id = true;
    }
    if (name === 'retry' && /^[0-9]+$/.test(value)) retry_ms = block.retry = Number(value);
  }
  return { items, last_event_id: cursor, retry_ms };
}
