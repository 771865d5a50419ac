import t from 'tap';
import { buildTarget } from '../config/build-target.ts';
import { parseConfig } from '../config/load-config.ts';
import type { Lab } from '../lab.ts';
import { check, runOptions } from '../test-support/run-options.ts';
import { json, tinyServer } from '../test-support/tiny-server.ts';
import { runChecks } from './runner.ts';

const KEY = 'sk/Test+9:alpha-key';
const TICKET = 'tkt-0123456789';

function spellings(secret: string): string[] {
  const bytes = Buffer.from(secret);
  return [secret, encodeURIComponent(secret), bytes.toString('base64'), bytes.toString('base64url')];
}

t.test('whatever a check tells of an answer, no secret is in its result', async (t) => {
  await using server = await tinyServer((request, response) => {
    if (request.url === '/ticket') json(response, 200, { ticket: TICKET });
    else if (request.url === '/echo') response.end(spellings(KEY).concat(spellings(TICKET)).join(' | '));
    else return false;
    return true;
  });
  const telling = check('telling', async (lab: Lab) => {
    await lab.http({ method: 'GET', path: '/ticket' });
    const echo = await lab.http({ method: 'GET', path: '/echo' });
    const text = echo.body.toString();
    const cut = `${text.slice(0, KEY.length - 5)}…`;
    lab.expect(false, {
      reason: 'told',
      expected: `not ${text}`,
      observed: `${text}, or in short "${cut}"`,
      evidence: { text, list: [{ [KEY]: text }], cut, id: 7 },
      // The ticket was handed out by an exchange that is not shown.
      exchanges: [echo.number],
      waterfall: [{ lane: KEY, id: 1, at_ms: echo.sent_ms, mark: 'ok' }],
    });
  });
  const unmet = check('unmet', async (lab: Lab) => {
    lab.given(false, 'told', `the key was ${KEY}`);
  });
  const target = server.target({ accounts: [{ account_id: 'a', key: KEY }] });
  const result = await runChecks(runOptions(target, [telling, unmet]));
  const written = JSON.stringify(result);
  for (const secret of [...spellings(KEY), ...spellings(TICKET), KEY.slice(0, 8)]) t.notMatch(written, secret);
  const [told] = result.checks;
  t.equal(told?.evidence['id'], 7);
  t.equal(told?.evidence['cut'], '‹key:a›…');
  t.match(told?.observed, '‹key:a› | ‹key:a›');
  t.match(told?.observed, '‹ticket:1› | ‹ticket:1›');
  t.match(result.checks[1], { outcome: 'inconclusive', observed: 'the key was ‹key:a›' });
});

t.test('what a variable filled into a hook is in no result, whatever the hook says', async (t) => {
  await using server = await tinyServer();
  const document = { url: server.url, hooks: { kill: { run: 'echo "not with ${TOKEN}" >&2; exit 1' } } };
  const { config, filled_in } = parseConfig(document, 'x', { TOKEN: 's3cret-token' });
  const target = buildTarget(config, {}, filled_in);
  const killing = check('killing', async (lab: Lab) => {
    await lab.target.hooks.kill?.(0);
  });
  const [result] = (await runChecks(runOptions(target, [killing]))).checks;
  t.match(result, { reason: 'hook-failed', observed: /exit code 1: not with ‹variable:TOKEN›$/ });
});
