import { spawnSync } from 'node:child_process';
import t from 'tap';
import { toCurl } from './curl.ts';
import type { HttpRequest } from './exchange.ts';
import { Redactor, type Secret } from './redactor.ts';
import { completeRequest } from './request-bytes.ts';
import { exchangeOf } from './test-support/exchange.ts';
import { createTranscriber } from './transcriber.ts';

const ORIGIN = new URL('http://127.0.0.1:8080/base/');
const KEY: Secret = { kind: 'key', name: 'a', value: `it's "a" $key` };
const OTHER: Secret = { kind: 'key', name: 'b', value: 'other-key' };
const TICKET: Secret = { kind: 'ticket', name: '1', value: 'ticket-1' };
const ENVIRONMENT = {
  STREAMPROOF_KEY: KEY.value,
  STREAMPROOF_KEY_2: OTHER.value,
  STREAMPROOF_TICKET: TICKET.value,
  STREAMPROOF_X_ORG: 'organisation',
};
const ALWAYS = ['--http1.1', '--path-as-is', '--globoff', '--no-buffer', '--silent', '--show-error'];

function curlLine(request: HttpRequest, secrets: readonly Secret[] = [KEY, OTHER, TICKET]): string | null {
  return toCurl(ORIGIN, completeRequest(ORIGIN, request), new Redactor(secrets));
}

/** The arguments that a POSIX shell would hand to curl. */
function argumentsOf(line: string | null): string[] {
  const script = `curl() { for word in "$@"; do printf '%s\\0' "$word"; done; }\n${line ?? ''}`;
  const { stdout, stderr } = spawnSync('sh', ['-c', script], { env: ENVIRONMENT, encoding: 'utf8' });
  t.equal(stderr, '');
  return stdout.split('\0').slice(0, -1);
}

t.test('a shell hands curl what was sent, the secrets from its environment', async (t) => {
  const path = `/a/../b?x='$(id)\`id\`&t=ticket-1&y=[1-2]\\`;
  const line = curlLine({
    method: 'POST',
    path,
    headers: [
      ['Authorization', `Bearer ${KEY.value}`],
      ['X-Other', 'other-key'],
      ['X-Two', '1'],
      ['X-Two', '2'],
      ['Last-Event-ID', ''],
      ['Content-Type', 'application/json'],
    ],
    body: `{"it's": "$HOME é\n"}`,
  });
  t.strictSame(argumentsOf(line), [
    ...ALWAYS,
    '--include',
    ...['--header', `Authorization: Bearer ${KEY.value}`, '--header', 'X-Other: other-key'],
    ...['--header', 'X-Two: 1', '--header', 'X-Two: 2', '--header', 'Last-Event-ID;'],
    ...['--header', 'Content-Type: application/json'],
    ...['--data-raw', `{"it's": "$HOME é\n"}`],
    `http://127.0.0.1:8080/base${path}`,
  ]);
  for (const { value } of [KEY, OTHER, TICKET]) t.notOk(line?.includes(value), 'no secret in the line');
  t.match(line, '"$STREAMPROOF_KEY"');
});

t.test('methods, framing headers and bodies without a type are as they were sent', async (t) => {
  const shown = (request: HttpRequest) => argumentsOf(curlLine(request)).slice(ALWAYS.length);
  const url = 'http://127.0.0.1:8080/base/';
  t.strictSame(shown({ method: 'GET', path: '/' }), ['--include', url]);
  t.strictSame(shown({ method: 'HEAD', path: '/' }), ['--head', url]);
  t.strictSame(shown({ method: 'DELETE', path: '/' }), ['--include', '--request', 'DELETE', url]);
  t.strictSame(shown({ method: 'POST', path: '/' }), ['--include', '--request', 'POST', url]);
  t.strictSame(shown({ method: 'POST', path: '/', body: '@file' }), [
    ...['--include', '--header', 'Content-Type:', '--data-raw', '@file', url],
  ]);
  const headers = [
    ['Host', 'elsewhere'],
    ['Connection', 'close'],
  ] as const;
  t.strictSame(shown({ method: 'GET', path: '/', headers }), [
    ...['--include', '--header', 'Host: elsewhere', '--header', 'Connection: close', url],
  ]);
});

t.test('an encoded secret cannot be a variable and stands as its label', async (t) => {
  const basic = Buffer.from('other-key').toString('base64');
  const line = curlLine({ method: 'GET', path: '/', headers: [['X-Proof', basic]] });
  t.notOk(line?.includes(basic));
  t.match(line, "'X-Proof: ''‹key:b›'");
});

t.test('a body that no shell can carry has no line', async (t) => {
  t.equal(curlLine({ method: 'POST', path: '/', body: Buffer.from([0xff]) }), null);
  t.equal(curlLine({ method: 'POST', path: '/', body: 'a\0b' }), null);
});

t.test('the transcriber aims at the instance that was asked, and hides what the target’s config holds', async (t) => {
  const transcriber = createTranscriber({
    url: ORIGIN,
    instances: [{ index: 1, url: new URL('http://127.0.0.1:9001'), metrics_url: null }],
    accounts: [],
    headers: [['X-Org', 'organisation']],
    filled_in: [],
  });
  const request = { method: 'GET', path: '/x?ticket=ticket-1', headers: [['X-Org', 'organisation']] as const };
  const line = transcriber.curl(exchangeOf({ via: 1, request }));
  t.strictSame(argumentsOf(line).slice(-3), [
    '--header',
    'X-Org: organisation',
    'http://127.0.0.1:9001/x?ticket=ticket-1',
  ]);
  t.match(line, /"\$STREAMPROOF_X_ORG".*"\$STREAMPROOF_TICKET"/);
  t.match(transcriber.curl(exchangeOf({ request })), 'http://127.0.0.1:8080/x');
  const [first, header] = transcriber.lines([exchangeOf({ request })], [], -5);
  t.match(first, { text: 'GET /x?ticket=‹ticket:1› HTTP/1.1', at_ms: 5 });
  t.equal(transcriber.text('saw ticket-1 of organisation'), 'saw ‹ticket:1› of ‹header:x-org›');
  t.match(header, { text: 'X-Org: ‹header:x-org›' });
});
