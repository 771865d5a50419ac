import t from 'tap';
import { WriteHolds } from './write-holds.ts';

t.test('a hold that nobody waited for is released as well, as soon as it holds', async (t) => {
  const holds = new WriteHolds();
  let resolve: (release: () => void) => void = () => undefined;
  const promise = new Promise<() => void>((settle) => (resolve = settle));
  let released = 0;
  const asked = holds.add({ holdWrites: () => promise });
  holds.release();
  resolve(() => (released += 1));
  await asked;
  t.equal(released, 1);
  holds.release();
  await promise;
  t.equal(released, 1, 'once');
});

t.test('a store that cannot hold says so to who asked, and to nobody else', async (t) => {
  const holds = new WriteHolds();
  await t.rejects(holds.add({ holdWrites: () => Promise.reject(new Error('busy')) }), { message: 'busy' });
  holds.release();
  await holds.add(null);
  await holds.add({});
});
