import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { json, tinyServer } from '../../harness/test-support/tiny-server.ts';
import { runLine } from '../test-support/run.ts';

const KEY = 'sk/Test+9:alpha-key';
const TICKET = 'tkt-0123456789';
const SPELLINGS = [KEY, TICKET].flatMap((secret) => [
  secret,
  encodeURIComponent(secret),
  Buffer.from(secret).toString('base64'),
]);

t.test(
  'a target that echoes key and ticket in what a failure quotes puts them in no file and on no terminal',
  async (t) => {
    await using server = await tinyServer((request, response) => {
      const id = request.url?.split('/')[3] ?? '';
      if (request.method !== 'GET' || !request.url?.startsWith('/api/') || server.jobs.has(id)) return false;
      // What was sent with the request, in a body without the error's shape.
      t.equal(request.headers.authorization, `Bearer ${KEY}`);
      json(response, 404, { echo: SPELLINGS, ticket: TICKET });
      return true;
    });
    const config = {
      url: server.url,
      capabilities: ['error-envelope'],
      accounts: [{ account_id: 'a', key: KEY }],
    };
    const folder = t.testdir({ 'c.json': JSON.stringify(config) });
    const out = join(folder, 'out');
    const junit = join(folder, 'junit.xml');
    const line = [
      'conform',
      '--config',
      join(folder, 'c.json'),
      '--only',
      'error-envelope',
      '--out',
      out,
      '--no-reference',
    ];
    const shown = await runLine([...line, '--reporter', `junit=${junit}`]);
    t.equal(shown.exit_code, 1, shown.err);
    t.match(shown.out, '‹key:a›', 'the failure quotes the body');
    const reports = await Promise.all(
      ['terminal', 'json', 'html', 'tap', 'junit', 'markdown', 'github'].map((format) =>
        runLine(['report', out, '--format', format]),
      ),
    );
    const files = readdirSync(out, { recursive: true, encoding: 'utf8' }).map((name) => join(out, name));
    const texts = [
      ...[shown, ...reports].flatMap((output) => [output.out, output.err]),
      ...[junit, ...files].filter((file) => statSync(file).isFile()).map((file) => readFileSync(file, 'utf8')),
    ];
    t.ok(texts.length > 20);
    for (const secret of SPELLINGS)
      t.notOk(
        texts.some((text) => text.includes(secret)),
        secret,
      );
  },
);

t.test('a process of ours that prints a key as it fails puts it on no terminal', async (t) => {
  const config = {
    url: 'http://127.0.0.1:9',
    accounts: [{ account_id: 'a', key: KEY }],
    start: { command: `echo refused ${KEY}; exit 3` },
  };
  const file = join(t.testdir({ 'c.json': JSON.stringify(config) }), 'c.json');
  const error: unknown = await runLine(['conform', '--config', file]).catch((thrown: unknown) => thrown);
  t.match(error, { name: 'LaunchError', message: /It said: refused ‹key:a›$/ });
  t.notMatch(error, { message: KEY });
});
