import { setTimeout as delay } from 'node:timers/promises';
import t from 'tap';
import { Unmet } from '../check.ts';
import { HookError } from '../config/hooks.ts';
import type { Lab } from '../lab.ts';
import { check, passing, runOptions } from '../test-support/run-options.ts';
import { tinyServer } from '../test-support/tiny-server.ts';
import { tolerate, tolerateLeftBehind } from './left-behind.ts';
import { runChecks } from './runner.ts';

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

t.test('a verdict that comes before it is awaited ends no run, and is the verdict', async (t) => {
  await using server = await tinyServer();
  const early = (id: string, fails: (lab: Lab) => unknown) =>
    check(id, async (lab) => {
      const beside = (async () => {
        await lab.http({ method: 'GET', path: '/' });
        await fails(lab);
      })();
      // Rejections without a handler are told after the answer that follows.
      for (let more = 0; more < 2; more += 1) await lab.http({ method: 'GET', path: '/' });
      await beside;
    });
  const result = await runChecks(
    runOptions(server.target({ hooks: { start: () => Promise.reject(new Error('exited before it was ready')) } }), [
      early('unmet', (lab: Lab) => {
        lab.given(false, 'setup-append', 'an append was refused');
      }),
      early('violated', (lab: Lab) => {
        lab.expect(false, { reason: 'broken', expected: 'this', observed: 'that' });
      }),
      early('refused', (lab: Lab) => lab.hook('start')(0)),
      passing('other'),
    ]),
  );
  t.same(
    result.checks.map(({ outcome, reason }) => [outcome, reason]),
    [
      ['inconclusive', 'setup-append'],
      ['fail', 'broken'],
      ['inconclusive', 'hook-failed'],
      ['pass', null],
    ],
  );
});
