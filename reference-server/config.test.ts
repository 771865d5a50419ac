import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { ConfigError, envExample, loadConfig } from './config.ts';
import { VARIABLES } from './config-variables.ts';

function problemsOf(env: Readonly<Record<string, string>>): readonly string[] {
  try {
    loadConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

t.test('an empty environment gives the documented defaults, frozen', async (t) => {
  const config = loadConfig({});
  t.match(config, {
    port: 8080,
    stream_store_backend: 'sqlite',
    lock_backend: 'sqlite',
    lock_ttl_ms: 30_000,
    flush_bytes: 4096,
    history_limit: 500,
    hot_tail_events: 100,
    api_keys: [],
    cors_origins: [],
  });
  t.ok(Object.isFrozen(config));
});

t.test('every variable is read', async (t) => {
  const config = loadConfig({ PORT: '0', FLUSH_BYTES: '0', AUTH: 'open', INSTANCE_ID: 'a.b-1', HEARTBEAT_MS: '50' });
  t.match(config, { port: 0, flush_bytes: 0, auth: 'open', instance_id: 'a.b-1', heartbeat_ms: 50 });
  t.equal(loadConfig({ PORT: '' }).port, 8080, 'an empty variable is one that is not set');
  t.equal(loadConfig({ STREAM_STORE_BACKEND: 'memory' }).lock_backend, 'memory', 'leases live where streams live');
});

t.test('a bad value is refused with its name, what was found and what is accepted', async (t) => {
  const bad = {
    PORT: '65536',
    FLUSH_BYTES: '4k',
    AUTH: 'none',
    LOCK_TTL_MS: '-1',
    HEARTBEAT_MS: '1e3',
    INSTANCE_ID: 'a b',
  };
  const problems = problemsOf(bad);
  for (const [name, value] of Object.entries(bad)) {
    const problem = problems.find((line) => line.startsWith(`${name}: `)) ?? '';
    t.match(problem, JSON.stringify(value), `${name} tells what was found`);
    t.match(problem, 'accepted is', `${name} tells what is accepted`);
  }
  t.equal(problems.length, Object.keys(bad).length, 'all of them at once');
});

t.test('what is wrong only together is refused', async (t) => {
  t.match(problemsOf({ INSTANCES: '2', STREAM_STORE_BACKEND: 'memory' }).join(), /STREAM_STORE_BACKEND.*INSTANCES=2/);
  t.match(problemsOf({ INSTANCES: '2', LOCK_BACKEND: 'memory' }).join(), /LOCK_BACKEND.*INSTANCES=2/);
  t.match(problemsOf({ HEADERS_TIMEOUT_MS: '2000', REQUEST_TIMEOUT_MS: '1000' }).join(), /HEADERS_TIMEOUT_MS/);
  t.same(problemsOf({ INSTANCES: '3', STREAM_STORE_BACKEND: 'sqlite' }), []);
});

t.test('keys come inline or from a file, and no message repeats a secret', async (t) => {
  const keys = JSON.stringify([{ account_id: 'a', api_key_id: 'k', key: 'the-secret-of-a' }]);
  t.equal(loadConfig({ API_KEYS: keys }).api_keys[0]?.key, 'the-secret-of-a');

  const folder = await mkdtemp(join(tmpdir(), 'streamproof-'));
  t.teardown(() => rm(folder, { recursive: true }));
  const file = join(folder, 'keys.json');
  await writeFile(file, keys);
  t.equal(loadConfig({ API_KEYS: file }).api_keys[0]?.api_key_id, 'k');

  for (const text of [keys.slice(0, -2), keys.replace('"account_id":"a",', ''), '{"key":"the-secret-of-a"}']) {
    const problem = problemsOf({ API_KEYS: text }).join();
    t.match(problem, 'API_KEYS');
    t.notMatch(problem, 'the-secret-of-a');
  }
  t.match(problemsOf({ API_KEYS: join(folder, 'none.json') }).join(), 'cannot be read');
  for (const text of [`'${keys}'`, 'the-secret-of-a']) {
    t.notMatch(problemsOf({ API_KEYS: text }).join(), 'the-secret-of-a', 'what was taken for the name of a file');
  }
  const twice = [0, 1].map((n) => ({ account_id: 'a', api_key_id: `k${n}`, key: 'the-secret-of-a' }));
  t.match(problemsOf({ API_KEYS: JSON.stringify(twice) }).join(), 'twice');
});

t.test('origins are scheme and host', async (t) => {
  t.same(loadConfig({ CORS_ORIGINS: 'https://a.example, http://b.example:3000' }).cors_origins, [
    'https://a.example',
    'http://b.example:3000',
  ]);
  t.match(problemsOf({ CORS_ORIGINS: 'https://a.example/app' }).join(), 'CORS_ORIGINS');
});

t.test('.env.example is what the table says, and loads', async (t) => {
  const committed = await readFile(new URL('../.env.example', import.meta.url), 'utf8');
  t.equal(committed, envExample(), 'write it again: it is generated from config-variables.ts');
  const env = Object.fromEntries(
    committed.split('\n').flatMap((line) => (/^[A-Z_]+=/.test(line) ? [line.split(/=(.*)/s, 2)] : [])),
  ) as Record<string, string>;
  t.same(Object.keys(env), Object.keys(VARIABLES));
  t.same(loadConfig(env), loadConfig({}));
});
