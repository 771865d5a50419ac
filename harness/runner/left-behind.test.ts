import { setTimeout as delay } from 'node:timers/promises';
import t from 'tap';
import { Unmet } from '../check.ts';
import { HookError } from '../config/hooks.ts';
import { tolerate, tolerateLeftBehind } from './left-behind.ts';

t.test('what a check leaves behind ends quietly; a mistake of the harness does not', async (t) => {
  const cut = await delay(10_000, undefined, { signal: AbortSignal.abort(new Unmet('check-ended', 'over')) }).catch(
    (error: unknown) => error,
  );
  t.match(cut, { name: 'AbortError' }, 'as a wait ends that the check’s signal cuts');
  for (const reason of [cut, new HookError('exit 1'), new Unmet('a', 'b')]) {
    t.doesNotThrow(() => {
      tolerate(reason);
    });
  }
  t.throws(() => {
    tolerate(new TypeError('ours'));
  }, TypeError);
});

t.test('it listens once, however many runs a process makes', async (t) => {
  const before = process.listenerCount('unhandledRejection');
  tolerateLeftBehind();
  tolerateLeftBehind();
  t.equal(process.listenerCount('unhandledRejection'), before + 1);
});
