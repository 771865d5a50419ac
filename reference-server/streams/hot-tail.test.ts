import t from 'tap';
import type { StreamEvent } from '../../spec/wire.ts';
import { HotTail } from './hot-tail.ts';

function events(from: number, to: number): StreamEvent[] {
  return Array.from({ length: to - from + 1 }, (_, index) => ({
    id: from + index,
    ts: 0,
    type: 'x',
    payload_json: '1',
  }));
}

t.test('it answers for exactly what it holds', async (t) => {
  const hot = new HotTail(10, 100);
  t.ok(hot.push(events(11, 15)));
  t.equal(hot.after(9, 10), null, 'one event before it is not here');
  for (let cursor = 10; cursor <= 15; cursor += 1) t.same(hot.after(cursor, 10), events(cursor + 1, 15));
  t.same(hot.after(10, 2), events(11, 12));
});

t.test('doubles are ignored, a gap is refused', async (t) => {
  const hot = new HotTail(0, 100);
  t.ok(hot.push(events(1, 3)));
  t.ok(hot.push(events(2, 4)));
  t.notOk(hot.push(events(6, 7)));
  t.equal(hot.tail, 4);
  t.same(hot.after(0, 10), events(1, 4));
});

t.test('of large events it keeps fewer, and the newest of all whatever its size', async (t) => {
  const hot = new HotTail(0, 100);
  const large = (id: number): StreamEvent => ({ id, ts: 0, type: 'x', payload_json: 'x'.repeat(1 << 20) });
  for (let id = 1; id <= 60; id += 1) {
    hot.push([large(id)]);
    hot.trim();
  }
  t.equal(hot.after(59, 10)?.length, 1);
  t.equal(hot.after(60 - 8, 10)?.length, 8);
  t.equal(hot.after(60 - 16, 100), null, 'never twice as much as is kept');
});

t.test('it keeps the newest events, and starts anew only forwards', async (t) => {
  const hot = new HotTail(0, 5);
  for (const [from, to] of [
    [1, 9],
    [10, 12],
  ] as const) {
    hot.push(events(from, to));
    hot.trim();
  }
  t.equal(hot.after(6, 10), null);
  t.same(hot.after(7, 10), events(8, 12));
  hot.reset(events(3, 6));
  t.equal(hot.tail, 12, 'an older read changes nothing');
  hot.reset(events(20, 22));
  t.equal(hot.after(12, 10), null);
  t.same(hot.after(19, 10), events(20, 22));
});
