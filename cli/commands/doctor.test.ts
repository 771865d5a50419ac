import t from 'tap';
import { nodeFinding, portsFinding } from '../doctor/machine.ts';
import { firstLineOf } from '../doctor/first-line.ts';
import type { Finding } from '../doctor/diagnose.ts';
import { runLine } from '../test-support/run.ts';

t.test('what is missing comes with its purpose and how to get it', async (t) => {
  const { out, exit_code } = await runLine(['doctor', '--json']);
  const findings = JSON.parse(out) as Finding[];
  t.equal(exit_code, 0);
  t.ok(findings.some(({ name }) => name === 'chromium'));
  for (const finding of findings) t.equal(finding.state === 'ready', finding.remedy === null, finding.name);
  const text = (await runLine(['doctor'])).out;
  for (const { name } of findings) t.match(text, name);
});

t.test('an old Node is broken, not missing', async (t) => {
  const states = await Promise.all(['18.19.0', '20.19.9', '20.20.0', '24.0.0'].map(nodeFinding));
  t.same(
    states.map(({ state }) => state),
    ['broken', 'broken', 'ready', 'ready'],
  );
  t.equal((await portsFinding()).state, 'ready');
});

t.test('a program is there when it runs', async (t) => {
  t.equal(await firstLineOf(process.execPath, '--version'), process.version);
  t.equal(await firstLineOf('/nonexistent/program', '--version'), null);
});
