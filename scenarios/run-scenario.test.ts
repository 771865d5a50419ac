import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import t from 'tap';
import type { RunResult } from '../harness/result.ts';
import { buildManifest } from '../harness/runner/manifest.ts';
import type { Target } from '../harness/target.ts';
import { json, tinyServer, type Twist } from '../harness/test-support/tiny-server.ts';
import { prepareScenario } from './prepare.ts';
import { restartMidRun } from './restart-mid-run.ts';
import { runScenario } from './run-scenario.ts';
import type { Scenario } from './scenario.ts';

/** No fault: whatever is missing here, the target left out by itself. */
const CALM: Scenario = {
  ...restartMidRun,
  duration_ms: 2_000,
  needs: { ...restartMidRun.needs, capabilities: [], hooks: [], instances: 0, safety: ['append', 'load'] },
  workload: {
    ...restartMidRun.workload,
    accounts: 1,
    streams: 2,
    subscribers: { ...restartMidRun.workload.subscribers, live: 1, late: 0, reconnect_every_ms: 500, away_ms: 50 },
    pollers: { poll: 1, long_poll: 0, interval_ms: 100 },
  },
  faults: () => ({ version: 1, steps: [] }),
  // What is late on a busy machine is not the point here.
  thresholds: restartMidRun.thresholds.filter((threshold) => threshold.endsWith(': count==0')),
};
const CONFIG = {
  times: { recovery_ms: 500 },
  safety: { allow: ['append', 'load'] },
} satisfies Parameters<Awaited<ReturnType<typeof tinyServer>>['target']>[0];

/** `thresholds` of the command line, which end the run. */
function prepare(target: Target, thresholds: readonly string[] = []) {
  const asked = { config: {}, command_line: thresholds, abort_on_fail: true };
  return prepareScenario({ scenario: CALM, target, seed: 7, thresholds: asked });
}

async function against(twist: Twist, thresholds: readonly string[] = []): Promise<RunResult> {
  await using server = await tinyServer(twist);
  const target = server.target(CONFIG);
  return await runScenario({
    prepared: prepare(target, thresholds),
    manifest: buildManifest({ target, seed: 7, command: 'test', config: null, plan: null }),
    signal: new AbortController().signal,
  });
}

t.test('a calm run is green; what a target does not take, or does not give to its end, is not', async (t) => {
  let dismissed = false;
  const ended = new Set<string>();
  const everyThirdAppend = (status: number): Twist => {
    let appends = 0;
    return (request, response) => {
      if (request.method !== 'POST' || !request.url?.endsWith('/events')) return false;
      appends += 1;
      if (appends % 3 > 0) return false;
      json(response, status, { error: { code: 'conflict', message: 'no' } });
      return true;
    };
  };
  const [green, refuses, fails, forgets, dismisses] = await Promise.all([
    against(() => false),
    against(everyThirdAppend(409)),
    against(everyThirdAppend(500)),
    against((request, response) => {
      const [path = ''] = (request.url ?? '').split('?');
      if (!path.endsWith('/events')) return false;
      // The pages end with the first one that was empty: from then on the log is gone.
      if (request.method === 'GET' && ended.has(path)) {
        json(response, 500, {});
        return true;
      }
      if (request.method === 'POST' && Number(request.headers['content-length']) < 40) ended.add(path);
      return false;
    }),
    against((request, response) => {
      if (dismissed || !request.url?.endsWith('/stream') || request.headers['last-event-id'] === undefined)
        return false;
      dismissed = true;
      response.writeHead(204).end();
      return true;
    }),
  ]);
  t.equal(green.exit_code, 0, green.headline);
  t.match(refuses, { exit_code: 99, headline: /refused: count==0: measured \d+/ });
  t.match(fails, { exit_code: 99, headline: /unanswered: count==0: measured \d+/ });
  t.match(forgets, { exit_code: 3, headline: /the last read of 2 of 2 streams did not come to its end/ });
  t.match(dismisses, { exit_code: 99, headline: /lost: count==0: measured \d+/ });
});

/** Has the server answer after all. */
async function again(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { headers, method = '', url = '' } = request;
  const body = await text(request);
  const answer = await fetch(`http://${headers.host ?? ''}${url}`, { method, body, headers: { 'x-again': '1' } });
  json(response, answer.status, await answer.json());
}

t.test('a rate is of the time in which events were due, not of what came before and after', async (t) => {
  /** Starts a stream and ends it as the server does, but later. */
  const late: Twist = (request, response) => {
    const { url = '', headers } = request;
    const isEnd = url.endsWith('/events') && Number(headers['content-length']) < 40;
    if (headers['x-again'] !== undefined || !(isEnd || url.endsWith('/start'))) return false;
    setTimeout(() => void again(request, response), 1_200);
    return true;
  };
  // 20 events a second are due.
  const result = await against(late, ['published: rate>10']);
  t.equal(result.exit_code, 0, result.headline);
  const rate = result.thresholds.find(({ metric }) => metric === 'published')?.value ?? NaN;
  t.ok(rate > 18 && rate < 25, String(rate));
});

t.test('a run that is longer than the history a target keeps is refused', async (t) => {
  await using server = await tinyServer();
  const limited = (history_limit: number): Target => server.target({ ...CONFIG, limits: { history_limit } });
  t.throws(() => prepare(limited(20)), {
    message: /--duration: found 21 events a stream, of which this target keeps 20.*Ask for at most 1 s/,
  });
  t.doesNotThrow(() => prepare(limited(21)));
});
