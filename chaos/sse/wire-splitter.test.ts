import fc from 'fast-check';
import { createParser } from 'eventsource-parser';
import t from 'tap';
import { WireSplitter, type WireItem } from './wire-splitter.ts';

function split(chunks: readonly Buffer[]): { readonly items: WireItem[]; readonly rest: Buffer } {
  const splitter = new WireSplitter();
  const items = chunks.flatMap((chunk) => splitter.push(chunk));
  return { items, rest: splitter.rest() };
}

function cutUp(bytes: Buffer, places: readonly number[]): Buffer[] {
  const sorted = [0, ...places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return sorted.slice(1).map((end, index) => bytes.subarray(sorted[index], end));
}

const line = fc.constantFrom(
  'data: x',
  'data:é😀',
  'data',
  'id: 7',
  'id:',
  'event: e',
  ': note',
  ':',
  'retry: 5',
  'odd',
  '',
);
const ending = fc.constantFrom('\n', '\r', '\r\n');
const stream = fc
  .tuple(fc.boolean(), fc.array(fc.tuple(line, ending), { maxLength: 30 }), fc.boolean())
  .map(([bom, lines, open]) =>
    Buffer.from((bom ? '\uFEFF' : '') + lines.map(([text, end]) => text + end).join('') + (open ? 'data: open' : '')),
  );

t.test('no byte is lost or moved, and offsets are true, however it is chunked', async () => {
  fc.assert(
    fc.property(stream, fc.array(fc.nat(), { maxLength: 20 }), (bytes, places) => {
      const { items, rest } = split(cutUp(bytes, places));
      const whole = Buffer.concat([...items.map((item) => item.raw), rest]);
      const placed = items.every((item) => bytes.subarray(item.offset, item.offset + item.raw.length).equals(item.raw));
      return whole.equals(bytes) && placed;
    }),
  );
});

t.test('the same blocks, however it is chunked', async () => {
  const blocks = (items: readonly WireItem[]) =>
    items.flatMap((item) => (item.kind === 'block' ? [{ fields: item.fields, id: item.id, data: item.data }] : []));
  fc.assert(
    fc.property(stream, fc.array(fc.nat(), { maxLength: 20 }), (bytes, places) => {
      t.same(blocks(split(cutUp(bytes, places)).items), blocks(split([bytes]).items));
    }),
  );
});

t.test('blocks with data are what a parser dispatches', async () => {
  fc.assert(
    fc.property(stream, (bytes) => {
      // A CR at the very end is a known difference: that parser waits for an LF.
      const text = `${bytes.toString()}\n`;
      const parsed: string[] = [];
      const parser = createParser({
        onEvent: (event) => {
          parsed.push(event.data);
        },
      });
      parser.feed(text.replace(/^\uFEFF/, ''));
      const seen = split([Buffer.from(text)]).items.flatMap((item) =>
        item.kind === 'block' && item.data !== null ? [item.data] : [],
      );
      t.same(seen, parsed);
    }),
  );
});

t.test('a comment is handed out when its line ends, a block when its blank line does', async (t) => {
  const splitter = new WireSplitter();
  t.match(splitter.push(Buffer.from(': padding\n')), [{ kind: 'filler', comment: ' padding' }]);
  t.same(splitter.push(Buffer.from('id: 1\n: inside\ndata: a\r')), []);
  t.match(splitter.push(Buffer.from('\r')), [{ kind: 'block', id: '1', data: 'a', offset: 10 }]);
  t.match(splitter.push(Buffer.from('\n')), [{ kind: 'filler', comment: null }]);
  t.same(splitter.push(Buffer.from('id: 2\n')), []);
  t.equal(splitter.rest().toString(), 'id: 2\n');
});
