import t from 'tap';
import type { Lab } from '../lab.ts';
import { check, passing, runOptions } from '../test-support/run-options.ts';
import { json, tinyServer } from '../test-support/tiny-server.ts';
import { runChecks } from './runner.ts';

t.test('looking for a sign of life costs the checks no stream', async (t) => {
  const refusals = [503, 500, 500];
  await using server = await tinyServer((request, response) => {
    const status = request.url === '/api/pipeline/start' ? refusals.shift() : undefined;
    if (status !== undefined) json(response, status, {});
    return status !== undefined;
  });
  const target = server.target({ safety: { allow: ['append'], max_streams: 4 } });
  const greedy = check('greedy', async (lab: Lab) => {
    for (let count = 0; count < 4; count += 1) await lab.start();
    lab.expect(true, { reason: '', expected: '', observed: '' });
  });
  t.match((await runChecks(runOptions(target, [greedy]))).checks[0], { outcome: 'pass' });
});

t.test('a target that stays dead is asked ever more rarely; what it said first is told', async (t) => {
  let asked = 0;
  await using server = await tinyServer((request, response) => {
    if (request.url !== '/api/pipeline/start') return false;
    asked += 1;
    json(response, asked === 1 ? 503 : 500, {});
    return true;
  });
  const { checks, exit_code } = await runChecks(runOptions(server.target(), [passing('a')], { wait_ms: 400 }));
  t.equal(exit_code, 3);
  t.match(checks[0], { reason: 'no-vital-sign', observed: /no service to judge: .*503/ });
  t.ok(asked > 1 && asked <= 6, `asked ${String(asked)} times, not every 50 ms`);
  asked = 0;
  const one = server.target({ safety: { allow: ['append'], max_streams: 1 } });
  await runChecks(runOptions(one, [passing('a')], { wait_ms: 400 }));
  t.equal(asked, 1, 'nor more often than the target allows streams');
});
