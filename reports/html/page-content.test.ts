import { createHash } from 'node:crypto';
import t from 'tap';
import { SAMPLE_ROWS } from '../test-support/sample-rows.ts';
import {
  demoRun,
  failingRun,
  hostileRun,
  interruptedRun,
  loadRun,
  lossyRun,
  passingRun,
  SAMPLES,
} from '../test-support/sample-result.ts';
import { SAMPLE_LOAD } from '../test-support/sample-load.ts';
import { resumeTranscript } from '../test-support/sample-checks.ts';
import { latencyChart } from './latency-chart.ts';
import { chartSeries, latencyData } from './latency-data.ts';
import { embeddedJson, html, prose } from './markup.ts';
import { renderPage } from './page.ts';
import type { RunResult } from '../../harness/result.ts';

const context = { rows: SAMPLE_ROWS };

function at<Item>(items: readonly Item[], index: number): Item {
  const item = items[index];
  if (item === undefined) throw new RangeError(`no item ${index}`);
  return item;
}

function chaptersOf(page: string): string[] {
  return [...page.matchAll(/<section class="chapter" id="([^"]+)"/g)].map(([, id = '']) => id);
}

t.test('values in a template are text, in elements and in attributes', async (t) => {
  const hostile = `"><img src=x onerror='y'>&amp;\u202e\u0000`;
  t.equal(
    html`<a title="${hostile}">${hostile}</a>`.source,
    '<a title="&quot;&gt;&lt;img src=x onerror=&#39;y&#39;&gt;&amp;amp;\\u{202e}\\x00">&quot;&gt;&lt;img src=x onerror=&#39;y&#39;&gt;&amp;amp;\\u{202e}\\x00</a>',
  );
  t.equal(html`${[html`<b>${1}</b>`, null, '<']}`.source, '<b>1</b>&lt;');
  t.equal(embeddedJson({ a: '</script><!--' }).source, '{"a":"\\u003c/script>\\u003c!--"}');
});

t.test('backticks in a row become code, an odd one stays', async (t) => {
  t.equal(prose('send `id: <1>` first').source, 'send <code>id: &lt;1&gt;</code> first');
  t.equal(prose('a ` b').source, 'a ` b');
});

t.test('the policy allows exactly the scripts and the style of the page', async (t) => {
  const page = renderPage(hostileRun(), context);
  const policy = /Content-Security-Policy" content="([^"]*)"/.exec(page)?.[1]?.replaceAll('&#39;', "'") ?? '';
  t.match(policy, /^default-src 'none'; style-src 'sha256-/);
  t.notMatch(policy, /unsafe|https?:|\*/);
  const blocks = [...page.matchAll(/<(script|style)>([\s\S]*?)<\/\1>/g)];
  t.equal(blocks.length, 4, 'one style, three scripts');
  for (const [, kind, text = ''] of blocks) {
    t.ok(policy.includes(createHash('sha256').update(text).digest('base64')), kind ?? '');
  }
  t.notMatch(
    page.replace(/<(script|style)[^>]*>[\s\S]*?<\/\1>/g, ''),
    /<[^>]* (style|on\w+)=/,
    'no inline style, no handler',
  );
});

t.test('chapters stand in the order of reading; one without content is left out', async (t) => {
  const comparable = { ...context, previous: passingRun() };
  t.same(chaptersOf(renderPage(failingRun(), comparable)), [
    'failures',
    'requirements',
    'exchanges',
    'previous',
    'configuration',
  ]);
  t.same(chaptersOf(renderPage(demoRun(), context)), [
    'beside',
    'load',
    'oracle',
    'requirements',
    'exchanges',
    'measurements',
    'configuration',
  ]);
  t.same(chaptersOf(renderPage(loadRun(), context)), [
    'load',
    'oracle',
    'requirements',
    'measurements',
    'configuration',
  ]);
});

/** The words of one part of a page. */
function textOf(page: string, from: string, to: string): string {
  const part = page.slice(page.indexOf(from), page.indexOf(to));
  return part.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');
}

t.test('a load shows what its oracle saw, and no requirement that nobody asked it for', async (t) => {
  const page = renderPage(loadRun(), { ...context, kill_matrix: { line: 'kill matrix', complete: true, killed: {} } });
  t.match(textOf(page, 'class="overview"', 'class="run"'), /Oracle 6 passed ✗ 0 failed ○ 5 not observed/);
  t.match(
    textOf(page, 'id="oracle"', 'id="requirements"'),
    /✓ passed One id maps to one payload in every mode oracle-one-payload RPL-07 RPL-08 ○ not observed A bad cursor gets a distinct, non-silent answer · nothing in this load put it to the test oracle-bad-cursors/,
  );
  const matrix = textOf(page, 'id="requirements"', 'id="measurements"');
  t.match(matrix, /DUR-01 MUST .*✓ passed oracle-nothing-lost/);
  t.notMatch(matrix, /not part of this run|no check:|LIM-01|mutant|kill matrix/i);
  t.notMatch(textOf(page, 'id="summary"', 'class="chapter"'), /requirements observed|not part of this run/);
});

t.test('a broken invariant leads to its finding', async (t) => {
  const page = renderPage(lossyRun(), context);
  t.match(page, /✗<\/span> failed<\/span>\s*<\/td>[^✓]*<a href="#check-oracle-nothing-lost">oracle-nothing-lost<\/a>/);
  t.match(page, /<article class="finding failure" id="check-oracle-nothing-lost"/);
});

t.test('beside conformance every requirement stays, and the oracle has its chapter', async (t) => {
  const page = renderPage(demoRun(), context);
  t.match(textOf(page, 'class="overview"', 'class="run"'), /Requirements .* requirements observed/);
  t.match(textOf(page, 'id="requirements"', 'id="exchanges"'), /OPS-08/);
  t.notMatch(textOf(page, 'id="exchanges"', 'id="measurements"'), /oracle-/, 'an oracle exchanges nothing');
});

t.test('the difference to the previous run names what changed', async (t) => {
  const page = renderPage(failingRun(), { ...context, previous: passingRun() });
  const chapter = page.slice(page.indexOf('id="previous"'), page.indexOf('id="configuration"'));
  t.match(chapter, /event-lost-doubled-where<\/a>\s*<\/td><td class="txt">passed<\/td>/);
  t.notMatch(chapter, /idle-healthy-reader-never/, 'what did not change is not listed');
  t.match(renderPage(passingRun(), { ...context, previous: passingRun() }), /Nothing changed\./);
  t.notMatch(renderPage(loadRun(), { ...context, previous: passingRun() }), /id="previous"/, 'a run of another kind');
});

t.test('ids are unique, and every link within the page leads somewhere', async (t) => {
  for (const [name, build] of Object.entries(SAMPLES)) {
    if (name === 'hostile') continue;
    const page = renderPage(build(), { ...context, previous: passingRun() });
    const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id = '']) => id);
    t.same(
      ids.filter((id, index) => ids.indexOf(id) !== index),
      [],
      `${name}: no id twice`,
    );
    const links = [...page.matchAll(/ href="#([^"]+)"/g)].map(([, id = '']) => id);
    t.same([...new Set(links.filter((id) => !ids.includes(id)))], [], `${name}: no dead link`);
  }
});

t.test('a page of a long run stays under 5 MB, and says what it left out', async (t) => {
  const base = failingRun();
  const long = Array.from({ length: 400 }, () => resumeTranscript(4))
    .flat()
    .map((line) => ({ ...line, text: line.text.repeat(30) }));
  const checks = Array.from({ length: 600 }, (_, index) => ({
    ...at(base.checks, index % base.checks.length),
    id: `check-${index}`,
    transcript: long,
    reference_transcript: long,
  }));
  const series = Array.from({ length: 40_000 }, (_, index) => ({ ...at(SAMPLE_LOAD.series, 0), at_ms: index * 1_000 }));
  const result: RunResult = { ...base, checks, load: { ...SAMPLE_LOAD, series } };
  const page = renderPage(result, context);
  t.ok(Buffer.byteLength(page) < 5_000_000, `${Buffer.byteLength(page)} bytes`);
  t.match(page, /Transcripts are sampled: [\d,]+ of [\d,]+ lines/);
  t.match(page, /lines left out to keep the page small/);
  t.match(renderPage(base, context), /All [\d,]+ transcript lines are on this page/);
});

t.test('the worst of a window survives when a long series is thinned out', async (t) => {
  const series = Array.from({ length: 10_000 }, (_, index) => ({
    ...at(SAMPLE_LOAD.series, 0),
    at_ms: index,
    max_ms: index === 7_777 ? 9_999 : 1,
    reconnects: 1,
  }));
  const result: RunResult = { ...loadRun(), load: { ...SAMPLE_LOAD, series } };
  t.ok(chartSeries(result).length <= 1_200);
  t.ok(latencyData(result)?.max_ms.includes(9_999));
  t.equal(
    chartSeries(result).reduce((sum, one) => sum + one.reconnects, 0),
    10_000,
    'counts are summed',
  );
});

t.test('a window is drawn at its end, behind the fault whose spike it shows', async (t) => {
  const point = at(SAMPLE_LOAD.series, 0);
  const series = [0, 250, 500].map((at_ms) => ({ ...point, at_ms, max_ms: at_ms + 1 }));
  const data = latencyData({ ...loadRun(), load: { ...SAMPLE_LOAD, series } });
  t.strictSame(
    [data?.at_ms, data?.max_ms],
    [
      [0, 250, 500, 750],
      [null, 1, 251, 501],
    ],
  );
});

t.test('the chart says whose latencies it draws', async (t) => {
  t.match(
    latencyChart(loadRun())?.source ?? '',
    '<h2>Event latency <span class="count">SSE and long-poll readers</span></h2>',
  );
  const polled: RunResult = { ...loadRun(), load: { ...SAMPLE_LOAD, series_modes: ['poll'] } };
  t.match(latencyChart(polled)?.source ?? '', '<span class="count">polling readers</span>');
});

t.test('bands: until the heal, then until the budget was met; to the end where it was not healed', async (t) => {
  const [first] = latencyData(loadRun())?.bands ?? [];
  t.match(first, { number: 1, name: 'Kill instance 2', from_ms: 6_200, to_ms: 8_050, slo_ms: 8_690, bit: true });
  const bands = latencyData(interruptedRun())?.bands ?? [];
  t.match(bands[0], { to_ms: 9_000, slo_ms: null });
  t.match(bands[1], { bit: false });
});
