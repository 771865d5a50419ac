import t from 'tap';
import { WriteGate } from './write-gate.ts';

t.test('a hold waits for what is under way and lets nothing begin', async (t) => {
  const gate = new WriteGate();
  const log: string[] = [];
  let finish: (value: string) => void = () => undefined;
  const first = gate.run(() => new Promise<string>((resolve) => (finish = resolve)));
  const held = gate.hold().then(() => log.push('held'));
  const second = gate.run(async () => log.push('second'));
  await new Promise(setImmediate);
  t.strictSame(log, []);
  finish('first');
  t.equal(await first, 'first');
  await held;
  await new Promise(setImmediate);
  t.strictSame(log, ['held']);
  gate.release();
  await second;
  t.strictSame(log, ['held', 'second']);
});

t.test('a write that fails counts as done', async (t) => {
  const gate = new WriteGate();
  await t.rejects(
    gate.run(() => Promise.reject(new Error('disk full'))),
    /disk full/,
  );
  await gate.hold();
  gate.release();
  t.equal(await gate.run(async () => 1), 1);
});
