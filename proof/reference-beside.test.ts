import t from 'tap';
import { CHECKS } from '../conformance/index.ts';
import type { CheckResult, RunResult } from '../harness/result.ts';
import { tinyServer, type TinyServer, type Twist } from '../harness/test-support/tiny-server.ts';
import { judgeTarget } from './judge-target.ts';
import { withReference, type ReferenceOptions } from './reference-beside.ts';

const CHECK = 'sse-content-type';
const { signal } = new AbortController();

/** Streams that are no event streams. */
const broken: Twist = (request, response) => {
  if (request.url?.endsWith('/stream') !== true) return false;
  response.writeHead(200, { 'Content-Type': 'text/plain' }).end();
  return true;
};

async function brokenResult(): Promise<RunResult> {
  await using server = await tinyServer(broken);
  const selection = { only: [CHECK], skip: [] };
  return await judgeTarget({ target: server.target(), selection, seed: 5, command: 'test', signal });
}

async function besides(result: RunResult, options: Partial<ReferenceOptions>): Promise<CheckResult | undefined> {
  const { checks } = await withReference(result, { seed: 5, signal, ...options });
  return checks[0];
}

const booted = (server: TinyServer) => async (): ReturnType<NonNullable<ReferenceOptions['boot']>> => ({
  target: server.target(),
  [Symbol.asyncDispose]: () => Promise.resolve(),
});

t.test('a failure has the same exchange of the healthy server beside it', async (t) => {
  await using healthy = await tinyServer();
  const result = await brokenResult();
  const failed = await besides(result, { boot: booted(healthy) });
  t.match(failed, { outcome: 'fail', evidence: { value: 'text/plain' } });
  t.equal(failed?.reference_note, undefined);
  const lines = failed?.reference_transcript ?? [];
  t.ok(lines.some(({ text }) => /^content-type: text\/event-stream/i.test(text)));
  const numbers = (transcript: readonly { readonly exchange: number }[]): number[] => [
    ...new Set(transcript.map(({ exchange }) => exchange)),
  ];
  t.same(numbers(lines), numbers(failed?.transcript ?? []), 'the other exchanges of the check are left out');
});

t.test('where there is none, the failure says why', async (t) => {
  const result = await brokenResult();
  await using alike = await tinyServer(broken);
  await using silent = await tinyServer(() => true);
  const refused = (): Promise<never> => Promise.reject(new Error('no SQLite here'));
  const cases: [Partial<ReferenceOptions>, RegExp][] = [
    [{ boot: refused }, /could not be booted: no SQLite here/],
    [{ boot: booted(alike) }, /there the check was fail: /],
    [{ boot: booted(silent), within_ms: 50 }, /not done within 50 ms/],
    [{ boot: () => new Promise(() => undefined), within_ms: 50 }, /not done within 50 ms/],
    [{ boot: booted(silent), signal: AbortSignal.abort() }, /interrupted/],
  ];
  for (const [options, why] of cases) {
    const failed = await besides(result, options);
    t.match(failed?.reference_note, why);
    t.equal(failed?.reference_transcript, null);
  }
});

t.test('only the first of many failures, and nothing that is expected or holds', async (t) => {
  const result = await brokenResult();
  const [failed] = result.checks;
  if (failed === undefined) throw new RangeError('the broken server was not judged');
  let boots = 0;
  const boot = (): Promise<never> => {
    boots += 1;
    return Promise.reject(new Error('not today'));
  };
  const quiet = [
    { ...failed, expected_failure: 'known' },
    { ...failed, outcome: 'pass' as const },
  ];
  const untouched = { ...result, checks: quiet };
  t.equal(await withReference(untouched, { seed: 5, signal, boot }), untouched);
  t.equal(boots, 0);
  const many = CHECKS.slice(0, 8).map(({ id }) => ({ ...failed, id }));
  const { checks } = await withReference({ ...result, checks: [...quiet, ...many] }, { seed: 5, signal, boot });
  const notes = checks.map(({ reference_note }) => reference_note);
  t.same(notes.slice(0, 2), [undefined, undefined]);
  t.equal(notes.filter((note) => note?.includes('not today')).length, 6);
  t.equal(notes.filter((note) => note === 'only the first 6 failures were repeated with it').length, 2);
  t.equal(boots, 1);
});
