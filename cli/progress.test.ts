import t from 'tap';
import type { RunEvent } from '../harness/runner/runner.ts';
import { unrun } from '../harness/runner/run-check.ts';
import { passing } from '../harness/test-support/run-options.ts';
import { progress } from './progress.ts';
import { captured } from './test-support/run.ts';

const one = passing('one');
const EVENTS: readonly RunEvent[] = [
  { kind: 'announced', announcement: { checks: 2, streams: 1, connections: 3, disruptions: 0 } },
  { kind: 'waiting', url: new URL('http://h/'), within_ms: 1 },
  { kind: 'started', check: one, done: 0, total: 2 },
  { kind: 'finished', result: { ...unrun(one, [], 'pass', '', ''), reason: null }, done: 1, total: 2 },
  { kind: 'finished', result: unrun(passing('absent'), [], 'not-applicable', 'no-capability', ''), done: 1, total: 2 },
  { kind: 'finished', result: unrun(passing('two'), [], 'fail', 'broken', ''), done: 2, total: 2 },
];

t.test('elsewhere than on a terminal: one plain line for each thing that happens', async (t) => {
  const terminal = captured();
  EVENTS.forEach(progress(terminal));
  t.same(terminal.printed.err.split('\n'), [
    'Runs 2 checks: creates at most 1 stream and removes them, holds at most 3 connections, kills and pauses nothing.',
    'waiting for http://h/',
    'pass           one',
    'fail           two (broken)',
    '',
  ]);
});

t.test('on a terminal: one line that lives, failures stay', async (t) => {
  const terminal = captured(true);
  EVENTS.forEach(progress(terminal));
  const { err } = terminal.printed;
  t.match(err, / 0\/2 {2}one/);
  t.notMatch(err, 'pass ');
  t.match(err, 'fail           two (broken)\n');
  t.ok(err.endsWith('\u001b[2Kfail           two (broken)\n'), 'nothing is left on the last line');
});
