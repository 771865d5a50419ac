import t from 'tap';
import { runLine } from '../test-support/run.ts';

t.test('a row says why, how to mend it, who judges it and how to look by hand', async (t) => {
  const { out, exit_code } = await runLine(['explain', 'rpl-03']);
  t.equal(exit_code, 0);
  t.match(out, /RPL-03 MUST/);
  t.match(out, /Why +\S/);
  t.match(out, /Mend/);
  t.match(out, /Checks .*resume-each-cursor/);
  t.match(out, /curl -N -i .*Last-Event-ID: 1/);
});

t.test('a check shows its rows; anything else the nearest id', async (t) => {
  t.match((await runLine(['explain', 'foreign-not-found'])).out, /foreign-not-found .*\n\nISO-01/);
  await t.rejects(runLine(['explain', 'RPL-3']), { message: /Did you mean "RPL-/ });
  t.equal((await runLine(['explain'])).exit_code, 2);
});

t.test('a capability, an operation or a metric says what it is', async (t) => {
  t.match((await runLine(['explain', 'Terminal-204'])).out, /^terminal-204: capability: .*204/);
  t.match((await runLine(['explain', 'poll'])).out, /^poll: operation: /);
  t.match(
    (await runLine(['explain', 'event_latency'])).out,
    /trend of a load, unit ms, kept apart by phase \(steady, fault,/,
  );
  await t.rejects(runLine(['explain', 'event_latncy']), { message: /Did you mean "event_latency"/ });
});
