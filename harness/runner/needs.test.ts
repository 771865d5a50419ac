import t from 'tap';
import { buildTarget } from '../config/build-target.ts';
import { parseConfig } from '../config/load-config.ts';
import { passing, row } from '../test-support/run-options.ts';
import { announce } from './announcement.ts';
import { actionsOf, isOnThisMachine, missingNeed } from './needs.ts';

const ROWS = new Map([['TRN-01', row('TRN-01')]]);

function missing(url: string, check: ReturnType<typeof passing>, remote_faults: boolean): string | null {
  const document = { url, hooks: { kill: { run: 'true' } }, safety: { allow: ['append', 'disrupt'] } };
  const target = buildTarget(parseConfig(document, 'test').config);
  return missingNeed(check, target, ROWS, { remote_faults })?.reason ?? null;
}

t.test('a target off this machine is disrupted on explicit demand only', async (t) => {
  const kills = passing('kills', { needs: { hooks: ['kill'] } });
  t.equal(missing('http://127.0.0.1:1', kills, false), null);
  t.equal(missing('http://example.test', kills, false), 'remote-target');
  t.equal(missing('http://example.test', kills, true), null);
  t.equal(missing('http://example.test', passing('reads'), false), null);
});

t.test('this machine is loopback and nothing that merely looks like it', async (t) => {
  for (const url of ['http://localhost', 'http://127.0.0.1:8', 'http://127.9.9.9', 'http://[::1]:9']) {
    t.equal(isOnThisMachine(new URL(url)), true, url);
  }
  for (const url of ['http://localhost.example', 'http://127.0.0.1.example', 'http://10.0.0.1', 'http://[::2]']) {
    t.equal(isOnThisMachine(new URL(url)), false, url);
  }
});

t.test('what a check does decides which permission it needs', async (t) => {
  t.same(actionsOf(passing('a', { needs: { hooks: ['revokeKey'] }, isolation: 'disruptive' })), ['revoke']);
  t.same(actionsOf(passing('b', { isolation: 'disruptive' })), ['disrupt']);
  t.same(actionsOf(passing('c', { needs: { operations: ['create'], hooks: ['pause'] } })), ['disrupt', 'append']);
  t.same(actionsOf(passing('d', { needs: { operations: ['list'] } })), []);
});

t.test('a run announces the sum of what its checks declare', async (t) => {
  const costs = (streams: number, connections: number) => ({ costs: { streams, connections } });
  const checks = [
    passing('a', costs(2, 10)),
    passing('b', costs(3, 20)),
    passing('c', { ...costs(1, 25), isolation: 'timing' }),
    passing('d', { needs: { hooks: ['kill'] }, isolation: 'disruptive', costs: { streams: 4 } }),
  ];
  t.same(announce(checks, 1, 100), { checks: 4, streams: 10, connections: 30, disruptions: 1 });
  t.same(announce(checks, 3, 20), { checks: 4, streams: 20, connections: 30, disruptions: 3 });
});
