import t from 'tap';
import type { Row } from '../spec/row.ts';
import { escapeMarkdown, renderMarkdown } from './markdown.ts';
import { coverageCauses } from './narrative.ts';
import { renderTerminal } from './terminal.ts';
import { SAMPLE_ROWS } from './test-support/sample-rows.ts';
import {
  breachedRun,
  demoRun,
  failingRun,
  HOSTILE,
  hostileRun,
  interruptedRun,
  loadRun,
  passingRun,
  SAMPLES,
} from './test-support/sample-result.ts';

const context = { rows: SAMPLE_ROWS };

t.test('terminal: the first line is the verdict and its cause', async (t) => {
  t.match(renderTerminal(failingRun(), context), /^✗ FAILED: live events arrive twice after a resume/);
  t.match(renderTerminal(passingRun(), context), /^✓ PASSED: Every requirement observed holds/);
  t.match(renderTerminal(breachedRun(), context), /^✗ BUDGET BREACHED: p95 event latency 1\.83 s > 1 s/);
  t.match(renderTerminal(interruptedRun(), context), /^! INTERRUPTED: stopped by SIGINT/);
});

t.test('terminal: a green run that observed too little is not called passed', async (t) => {
  const result = {
    ...passingRun(),
    headline: 'INSUFFICIENT: nothing failed, but only 3 of 58 MUST requirements observed',
  };
  t.match(renderTerminal(result, context), /^! INSUFFICIENT: nothing failed, but only 3 of 58/);
  t.match(renderTerminal({ ...result, exit_code: 1 }, context), /^✗ FAILED: nothing failed/, 'of a green run alone');
});

t.test('terminal: coverage says why the rest was not observed', async (t) => {
  const text = renderTerminal(failingRun(), context);
  t.match(text, /55 of 58 requirements observed · 58 passed · 5 failed \(1 recommendation, 1 expected\)/);
  t.match(text, /1 inconclusive: setup start \(FLU-04\)/);
  t.match(text, /2 not observed: hooks\.pause is not configured \(DUR-06, DUR-09\)/);
  t.match(text, /not counted: 1 no check: no trace leaves the wire/);
});

t.test('a load is not asked why it did not observe what nobody asked it for', async (t) => {
  for (const text of [renderTerminal(loadRun(), context), renderMarkdown(loadRun(), context)]) {
    t.match(text, '6 passed · 5 not observed');
    t.notMatch(text, /not part of this run|not counted/);
  }
});

t.test('terminal: a failure shows requirement, expected, observed, place, mending, replay and curl', async (t) => {
  const text = renderTerminal(failingRun(), context);
  t.match(text, /Requirement +RPL-04 \(MUST\) No event is lost or doubled/);
  t.match(text, /Expected +each event once/);
  t.match(text, /Observed +id 4 a second time/);
  t.match(text, /Mend +node: Read from the store/);
  t.match(text, /Replay +streamproof conform --self --only event-lost-doubled-where --seed 42/);
  t.match(text, /curl +curl -N -H 'last-event-id: 2'/);
  t.match(text, /» #4 < +\+28\.9 ms @186 +id: 4/);
});

t.test('terminal: budgets show value and margin, faults whether they bit and healed', async (t) => {
  const text = renderTerminal(breachedRun(), context);
  t.match(text, /✗ {2}event_latency\{phase:fault\}: p\(95\)<1s +1\.83 s {2}83 % over/);
  t.match(text, /✓ {2}lost: count==0 +0 {2}exactly met/);
  t.match(renderTerminal(interruptedRun(), context), /\? {2}replay_duration: p\(95\)<2s +no samples/);
  t.match(renderTerminal(interruptedRun(), context), /2 faults planned, 1 bit, 0 healed/);
  t.match(renderTerminal(demoRun(), context), /back within budget 640 ms|back\s+within budget 640 ms/);
});

t.test(
  'terminal: colours only when asked for, and never a line wider than the terminal but for commands',
  async (t) => {
    for (const [name, build] of Object.entries(SAMPLES)) {
      t.notMatch(renderTerminal(build(), context), /\x1b/, `${name}: plain`);
      const colourless = renderTerminal(build(), { ...context, colour: true }).replace(/\x1b\[\d+m/g, '');
      t.equal(colourless, renderTerminal(build(), context), `${name}: colour changes nothing else`);
    }
    const wide = renderTerminal(demoRun(), { ...context, width: 80 })
      .split('\n')
      .filter(
        (line) =>
          line.length > 80 && !/^ {4}(Replay|curl) |^ {2}TRN|^ {7}(Section|Without)|^ {2}[A-Z]{3} {2}/.test(line),
      );
    t.same(wide, []);
  },
);

t.test('terminal: a target cannot move the cursor, hide text or speak to a CI runner', async (t) => {
  const text = renderTerminal(hostileRun(), context);
  t.notMatch(text, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  t.notMatch(text, /##\[/);
  t.notOk(text.split('\n').some((line) => line.trimStart().startsWith('::')));
});

t.test('markdown: hostile text stays text', async (t) => {
  const text = renderMarkdown(hostileRun(), context);
  const prose = text.replace(/^(`{3,})text\n[\s\S]*?\n\1$/gm, '').replace(/(?<!`)(`+) [\s\S]*? \1(?!`)/g, '');
  t.notMatch(prose.replace(/@<!-- -->|<\/?details>|<\/?summary>/g, ''), /(?<!\\)</, 'no tag');
  t.notMatch(prose, /(?<!\\)\]\(/, 'no link');
  t.notMatch(prose, /@(?!<!-- -->)/, 'no mention');
  t.notMatch(text, /^::|^not ok/m);
  t.equal(escapeMarkdown('a|b `c` <d> http://e www.f @g'), 'a\\|b \\`c\\` \\<d\\> http\\://e www\\.f @<!-- -->g');
});

t.test('markdown: a table row keeps its cells whatever stands in them', async (t) => {
  const rows = renderMarkdown(hostileRun(), context).match(/^\| [✓✗?] \|.*$/gm) ?? [];
  t.equal(rows.length, hostileRun().thresholds.length, 'one row per budget');
  for (const row of rows) t.equal(row.split(/(?<!\\)\|/).length, 7, row);
  t.ok(renderMarkdown(hostileRun(), context).includes(HOSTILE.slice(0, 9)), 'what was sent is still there to be read');
});

t.test('markdown: a pipe in code is escaped within a table alone, where it would end the cell', async (t) => {
  const run = failingRun();
  const checks = run.checks.map((check) => (check.curl === null ? check : { ...check, curl: 'curl -N x | head' }));
  const thresholds = breachedRun().thresholds.map((threshold) => ({ ...threshold, expression: 'a|b<1' }));
  const text = renderMarkdown({ ...run, checks, thresholds }, context);
  t.match(text, '- curl: ` curl -N x | head `');
  t.match(text, '| ` a\\|b<1 ` |');
});

t.test('every report is a function of its input alone', async (t) => {
  for (const build of Object.values(SAMPLES)) {
    t.equal(renderTerminal(build(), context), renderTerminal(build(), context));
    t.equal(renderMarkdown(build(), context), renderMarkdown(build(), context));
  }
});

t.test('coverage: what differs in the capability only shares one sentence', async (t) => {
  const declared = ['durable', 'accounts', 'accounts', 'limits'] as const;
  const rows: readonly Row[] = declared.flatMap((capability, index) => {
    const sample = SAMPLE_ROWS[index];
    return sample === undefined ? [] : [{ ...sample, level: 'MUST', capability }];
  });
  const run = passingRun();
  const manifest = { ...run.manifest, target: { ...run.manifest.target, capabilities: [] } };
  const { uncounted } = coverageCauses({ ...run, manifest, checks: [] }, rows);
  t.same(uncounted, ['4 not applicable: the target does not declare "accounts" (2), "durable" (1), "limits" (1)']);
});

t.test('a CI runner that reads the terminal finds no command in what a target sent', async (t) => {
  const run = failingRun();
  const word = `::stop-commands::${'x'.repeat(90)}`;
  const observed = `it said ${word} and ::error::forged and ##[group]more, in a::b as well`;
  const checks = run.checks.map((check) => (check.outcome === 'fail' ? { ...check, observed } : check));
  const shown = renderTerminal({ ...run, checks }, context);
  t.match(shown, 'stop-commands', 'the text is there');
  for (const line of shown.split('\n')) t.notMatch(line, /^\s*::|##\[/);
  t.match(shown, 'a::b', 'within a word it is no command');
});
