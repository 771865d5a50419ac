import t from 'tap';
import { buildTarget } from '../harness/config/build-target.ts';
import { parseConfig } from '../harness/config/load-config.ts';
import type { ConfigInput } from '../harness/config/schema.ts';
import type { Target } from '../harness/target.ts';
import { prepareScenario } from './prepare.ts';
import { restartMidRun } from './restart-mid-run.ts';

const url = 'http://127.0.0.1:1';
const hook = { post: url };

/** All that the shipped scenario needs. */
function capable(safety: ConfigInput['safety'], capabilities: ConfigInput['capabilities'] = []): Target {
  const config = {
    url,
    instances: [{ url }, { url }],
    capabilities: ['durable', 'shared-store', ...capabilities],
    hooks: { kill: hook, terminate: hook, start: hook },
    safety: { allow: ['append', 'load', 'disrupt'], ...safety },
  };
  return buildTarget(parseConfig(config, 'test').config);
}

t.test('the shipped scenario stays within what a target allows by default', async (t) => {
  t.doesNotThrow(() => prepareScenario({ scenario: restartMidRun, target: capable({}, ['long-poll']), seed: 1 }));
});

t.test('readers ask as well: polls and reconnects count into the requests a second', async (t) => {
  const prepare =
    (max_rps: number, capabilities: ConfigInput['capabilities'] = []) =>
    (): unknown =>
      prepareScenario({ scenario: restartMidRun, target: capable({ max_rps }, capabilities), seed: 1 });
  // 60 appends, 4 pollers that come 4 times a second, 6 readers that come back every 2.25 s.
  t.throws(prepare(78), { message: /safety\.max_rps: found 78; accepted: at least 79 requests a second/ });
  t.doesNotThrow(prepare(79));
  // Two of the pollers are answered at every event, of which there are 10 a second.
  t.throws(prepare(90, ['long-poll']), { message: /at least 91 requests a second/ });
  t.doesNotThrow(prepare(91, ['long-poll']));
});
