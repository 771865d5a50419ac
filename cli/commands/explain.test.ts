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
