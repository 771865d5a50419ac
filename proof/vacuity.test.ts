import t from 'tap';
import { buildTarget } from '../harness/config/build-target.ts';
import { parseConfig } from '../harness/config/load-config.ts';
import type { Target } from '../harness/target.ts';
import { CAPABILITIES } from '../spec/capabilities.ts';
import { judgeTarget } from './judge-target.ts';
import { proxied } from './proxied.ts';
import { startSelf } from './self.ts';
import { cannedReplayServer, recorder, uselessServers, type UselessServer } from './useless/index.ts';

/** Bounds for servers that answer at once or never: nothing here is worth waiting for. */
const TIMES = {
  heartbeat_ms: 100,
  lease_ttl_ms: 100,
  stall_limit_ms: 100,
  revocation_ms: 100,
  recovery_ms: 200,
  event_latency_ms: 100,
  replay_ms: 100,
  request_ms: 200,
};
/** The server that never answers is told apart from a slow one by this. */
const WAIT_MS = 500;

/** Declares all there is to declare, so that no check is spared for want of a capability. */
function targetAt(url: URL): Target {
  const keys = (account: string): { api_key_id: string; key: string }[] =>
    [1, 2].map((number) => ({ api_key_id: `${account}-${number}`, key: `secret-of-${account}-${number}` }));
  const { config } = parseConfig(
    {
      url: url.href,
      dialect: 'jobs',
      instances: [url.href, url.href],
      accounts: [
        { account_id: 'one', keys: keys('one') },
        { account_id: 'two', keys: keys('two') },
      ],
      capabilities: Object.keys(CAPABILITIES),
      times: TIMES,
      limits: { history_limit: 100, body_bytes: 4096, open_streams_per_account: 4, connections_per_account: 8 },
      safety: { allow: ['append', 'load', 'disrupt', 'revoke'], max_streams: 10_000, max_rps: 10_000 },
    },
    'a useless server',
  );
  return buildTarget(config);
}

async function passesOf(useless: UselessServer): Promise<readonly string[]> {
  await using server = await useless.start();
  const { checks } = await judgeTarget({
    target: targetAt(server.url),
    seed: 1,
    command: 'streamproof conform',
    signal: new AbortController().signal,
    wait_ms: WAIT_MS,
  });
  return checks.filter((check) => check.outcome === 'pass').map((check) => check.id);
}

for (const useless of uselessServers) {
  t.test(`a server that ${useless.description} passes nothing`, async (t) => {
    t.same(await passesOf(useless), []);
  });
}

t.test('a canned replay of a healthy recording passes nothing', async (t) => {
  const { fault, recording } = recorder();
  {
    await using self = await startSelf({ store: 'memory' });
    await using front = await proxied(self.target, [fault]);
    await judgeTarget({
      target: front.target,
      selection: { only: ['TRN', 'RPL'], skip: [] },
      seed: 1,
      command: 'streamproof conform',
      signal: new AbortController().signal,
    });
  }
  t.ok(recording.length > 100, 'something was recorded');
  t.same(await passesOf(cannedReplayServer(recording)), []);
});
