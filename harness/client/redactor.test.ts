import fc from 'fast-check';
import t from 'tap';
import { printableBytes } from './printable-bytes.ts';
import { labelOf, Redactor, type Secret } from './redactor.ts';
import { configuredSecrets, learnSecrets } from './secrets.ts';
import { exchangeOf } from './test-support/exchange.ts';

const KEY = 'sk-Xy?7/ü"q0';
const SECRET: Secret = { kind: 'key', name: 'account-a', value: KEY };

t.test('a secret is found as it is and however it is encoded', async (t) => {
  const redactor = new Redactor([SECRET]);
  const bytes = Buffer.from(KEY);
  const basic = (before: string, after: string): string => Buffer.from(`${before}${KEY}${after}`).toString('base64');
  const SPELLINGS: Readonly<Record<string, string>> = {
    'as it is': KEY,
    'in a query': encodeURIComponent(KEY),
    'in a query, small digits': encodeURIComponent(KEY).toLowerCase().replace('sk-xy', 'sk-Xy'),
    'as printable bytes': printableBytes(bytes),
    'in JSON': JSON.stringify({ key: KEY }),
    base64: bytes.toString('base64'),
    base64url: bytes.toString('base64url'),
    hex: bytes.toString('hex'),
    'upper-case hex': bytes.toString('hex').toUpperCase(),
    'base64 behind one byte': basic('a', 'b'),
    'base64 behind two bytes': basic('u:', ''),
    'base64 behind three bytes': basic('us:', 'x'),
  };
  for (const [how, text] of Object.entries(SPELLINGS)) {
    const shown = redactor.text(`<${text}>`);
    t.match(shown, '‹key:account-a›', how);
    // What is left beside the label is not enough to carry any four characters of the key.
    t.ok(shown.replace('‹key:account-a›', '').length < text.length - KEY.length + 6, `${how}: ${shown}`);
  }
});

t.test('no spelling of a random secret survives, wherever it stands', async () => {
  const secret = fc.string({ minLength: 6, maxLength: 40, unit: 'grapheme-ascii' });
  const around = fc.string({ maxLength: 5 });
  const encode = fc.constantFrom<(text: string) => string>(
    (text) => text,
    encodeURIComponent,
    (text) => JSON.stringify(text),
    (text) => Buffer.from(text).toString('base64'),
    (text) => Buffer.from(text).toString('base64url'),
    (text) => Buffer.from(text).toString('hex'),
  );
  fc.assert(
    fc.property(secret, around, around, encode, (value, before, after, spell) => {
      const redactor = new Redactor([{ ...SECRET, value }]);
      const shown = redactor.text(before + spell(value) + after);
      return shown.includes('‹key:account-a›') && !shown.replaceAll('‹key:account-a›', '').includes(value);
    }),
  );
});

t.test('a quotation that was cut within a secret shows none of its beginning', async (t) => {
  const redactor = new Redactor([
    { kind: 'key', name: 'customer-a', value: 'customer-a-key-0123456789' },
    { kind: 'ticket', name: '1', value: 'abcdefghijklmnop' },
  ]);
  const CASES: readonly (readonly [text: string, shown: string])[] = [
    ['saw abcdefghijk', 'saw ‹ticket:1›'],
    ['saw "abcdefghij" and more', 'saw "‹ticket:1›" and more'],
    ['saw abcdefghij… (90 characters)', 'saw ‹ticket:1›… (90 characters)'],
    ['saw customer-a-key-01', 'saw ‹key:customer-a›'],
    // Nothing was cut; it is another word.
    ['saw abcdefghijkLMN', 'saw abcdefghijkLMN'],
    ['account customer-a', 'account customer-a'],
    // Too little to give anything away.
    ['saw abcdefg', 'saw abcdefg'],
  ];
  for (const [text, shown] of CASES) t.equal(redactor.text(text), shown);
});

t.test('spans come in order and apart; secrets that overlap hide together', async (t) => {
  const value = (value: string, name: string): Secret => ({ kind: 'key', name, value });
  const redactor = new Redactor([
    value('abcdef', 'one'),
    value('defghi', 'two'),
    value('cdef', 'inner'),
    value('abcd', 'beginning'),
  ]);
  const spans = redactor.spans(Buffer.from('--abcdefghi--abcdef--'));
  t.match(spans, [
    { start: 2, end: 11, literal: false, secret: { name: 'one' } },
    { start: 13, end: 19, literal: true, secret: { name: 'one' } },
  ]);
  t.equal(spans.length, 2);
});

t.test('what is too short to be a secret blots nothing out', async (t) => {
  const redactor = new Redactor([
    { ...SECRET, value: 'yes' },
    { ...SECRET, value: '' },
  ]);
  redactor.learn('credential', 'none');
  t.equal(redactor.text('yes, and none at all'), 'yes, and none at all');
});

t.test('the config’s keys and header values are secrets under stable names', async (t) => {
  const secrets = configuredSecrets({
    accounts: [
      { account_id: 'a', api_key_id: 'k1', key: 'key-one', other_keys: [{ api_key_id: 'k2', key: 'key-two' }] },
    ],
    headers: [
      ['Authorization', 'Bearer token-three'],
      ['X-Org', 'org-four'],
    ],
    filled_in: [
      { name: 'TOKEN', value: 'token-five' },
      { name: 'PORT', value: '8080' },
    ],
  });
  t.strictSame(
    secrets.map((secret) => [labelOf(secret), secret.value]),
    [
      ['‹key:a›', 'key-one'],
      ['‹key:a/k2›', 'key-two'],
      ['‹header:authorization›', 'token-three'],
      ['‹header:x-org›', 'org-four'],
      ['‹variable:TOKEN›', 'token-five'],
    ],
  );
});

t.test('tickets and credentials met on the way are learnt, in answers, URLs and headers', async (t) => {
  const redactor = new Redactor([SECRET]);
  const json = { headers: [['Content-Type', 'application/json; charset=utf-8']] as const };
  learnSecrets(redactor, exchangeOf({ ...json, chunks: ['{"tick', 'et" : "tkt-\\u0031234567"}'] }));
  t.equal(redactor.text('tkt-1234567'), '‹ticket:1›', 'from an answer, unescaped');
  learnSecrets(redactor, exchangeOf({ request: { method: 'GET', path: '/s?a=1&ticket=tkt%2F7654321#x' } }));
  t.equal(redactor.text('GET /s?ticket=tkt%2F7654321 tkt/7654321'), 'GET /s?ticket=‹ticket:2› ‹ticket:2›');
  const headers = [
    ['authorization', 'Bearer unheard-of'],
    ['X-Api-Key', KEY],
  ] as const;
  learnSecrets(redactor, exchangeOf({ request: { method: 'GET', path: '/', headers } }));
  t.equal(redactor.text(`unheard-of ${KEY}`), '‹credential:1› ‹key:account-a›', 'a known one keeps its label');
  learnSecrets(redactor, exchangeOf({ headers: [['Set-Cookie', 'sid=0123456789; Path=/']] }));
  t.equal(redactor.text('sid=0123456789; Path=/'), '‹credential:2›');
});

t.test('what signs a URL is learnt from paths, response headers and texts', async (t) => {
  const AMZ = 'amz/sig+0123456789==';
  const signed = `https://bucket.example/o?X-Amz-Date=1&X-Amz-Signature=${encodeURIComponent(AMZ)}`;
  const html = [['Content-Type', 'text/html']] as const;
  const json = [['Content-Type', 'application/json']] as const;
  const stream = [['Content-Type', 'text/event-stream']] as const;
  const CASES: readonly (readonly [where: string, exchange: Parameters<typeof exchangeOf>[0], secret: string])[] = [
    ['path', { request: { method: 'GET', path: '/blob?se=2030&sig=s1gn%2Bature%3D' } }, 's1gn+ature='],
    ['Location', { headers: [['Location', signed]] }, AMZ],
    ['Link', { headers: [['Link', '</next?x-goog-signature=g00g1es1g>; rel=next']] }, 'g00g1es1g'],
    ['fragment', { headers: [['location', '/back#access_token=implic1t-t']] }, 'implic1t-t'],
    ['page', { headers: html, chunks: ['<a href="/o?a=1&amp;X-Amz-Security-Token=s3ss1on-token">'] }, 's3ss1on-token'],
    ['JSON', { headers: json, chunks: ['{"url":"/o?a=1\\u0026sig=in-j50n-s1g"}'] }, 'in-j50n-s1g'],
    ['event', { headers: stream, chunks: ['data: see /o?sig=in-3v3nt-s1g\n\n'] }, 'in-3v3nt-s1g'],
    ['text without a type', { chunks: ['(/o?sig=unt1tled-s1g)'] }, 'unt1tled-s1g'],
  ];
  for (const [where, exchange, secret] of CASES) {
    const redactor = new Redactor([]);
    learnSecrets(redactor, exchangeOf(exchange));
    t.equal(redactor.text(`<${secret}>`), '<‹ticket:1›>', where);
  }
  const redactor = new Redactor([]);
  learnSecrets(redactor, exchangeOf({ headers: [['Location', '/o?sig=half%2Fencoded+sig']] }));
  t.equal(redactor.text('half%2Fencoded+sig half/encoded+sig'), '‹ticket:2› ‹ticket:1›', 'by other rules');
});

t.test('an event stream is not searched for answers, and odd escapes do no harm', async (t) => {
  const redactor = new Redactor([]);
  const stream = { headers: [['Content-Type', 'text/event-stream']] as const };
  learnSecrets(redactor, exchangeOf({ ...stream, chunks: ['data: {"ticket":"not-a-ticket"}\n\n'] }));
  t.equal(redactor.text('not-a-ticket'), 'not-a-ticket');
  learnSecrets(redactor, exchangeOf({ request: { method: 'GET', path: '/?ticket=%zz-bad-escape' } }));
  t.equal(redactor.text('%zz-bad-escape'), '‹ticket:1›');
});
