import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { configuredSecrets } from '../client/secrets.ts';
import { buildTarget } from './build-target.ts';
import { ConfigError } from './config-error.ts';
import { loadConfig, parseConfig } from './load-config.ts';
import { findConfig } from './read-document.ts';

const MINIMAL = { url: 'http://127.0.0.1:8080' };

function problemsOf(document: unknown, environment: NodeJS.ProcessEnv = {}) {
  try {
    parseConfig(document, 'test.yaml', environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  throw new Error('the document was accepted');
}

t.test('a URL alone is a config; everything else has a default', async (t) => {
  const target = buildTarget(parseConfig(MINIMAL, 'x').config);
  t.equal(target.url.href, 'http://127.0.0.1:8080/');
  t.equal(target.name, '127.0.0.1:8080');
  t.equal(target.dialect.name, 'jobs');
  t.same([...target.safety.allow], ['append']);
  t.same([target.times.heartbeat_ms, target.limits.flush_bytes, target.limits.history_limit], [15_000, 4096, null]);
  t.same(target.hooks, {});
});

t.test('instances, accounts, operations and hooks become what a check works with', async (t) => {
  const { config } = parseConfig(
    {
      ...MINIMAL,
      instances: ['http://127.0.0.1:1', { url: 'http://127.0.0.1:2', metrics_url: 'http://127.0.0.1:3/m' }],
      accounts: [
        { account_id: 'a', key: 'k1', keys: ['k2'] },
        { account_id: 'b', keys: [{ api_key_id: 'id', key: 'k3' }] },
      ],
      operations: ['subscribe', 'create'],
      hooks: { kill: { run: 'true' } },
    },
    'x',
  );
  const target = buildTarget(config, { start: async () => undefined });
  t.same(
    target.instances.map((entry) => entry.metrics_url?.href),
    ['http://127.0.0.1:1/metrics', 'http://127.0.0.1:3/m'],
  );
  t.same(target.accounts[0], {
    account_id: 'a',
    api_key_id: 'a-key-1',
    key: 'k1',
    other_keys: [{ api_key_id: 'a-key-2', key: 'k2' }],
  });
  t.same([target.accounts[1]?.api_key_id, target.accounts[1]?.key], ['id', 'k3']);
  t.same([...target.dialect.operations], ['subscribe', 'create']);
  t.same(Object.keys(target.hooks).sort(), ['kill', 'start']);
});

t.test('an unset variable names itself and its field; a set one is filled in', async (t) => {
  const [problem] = problemsOf({ ...MINIMAL, accounts: [{ account_id: 'a', key: '${API_KEY}' }] });
  t.equal(problem?.field, 'accounts[0].key');
  t.match(problem?.found, /API_KEY is not set/);
  const { config, shown } = parseConfig({ ...MINIMAL, headers: { A: 'Bearer ${T}', B: '$${T}' } }, 'x', {
    T: 's3cret',
  });
  t.same(config.headers, { A: 'Bearer s3cret', B: '${T}' });
  t.notMatch(JSON.stringify(shown), 's3cret');
});

t.test('what variables fill into commands is secret, unless the config shows it elsewhere', async (t) => {
  const variables = { TOKEN: 's3cret-token', CONTROL: 'http://127.0.0.1:8080', KEY: 'k3y-of-a' };
  const loaded = parseConfig(
    {
      url: '${CONTROL}',
      accounts: [{ account_id: 'a', key: '${KEY}' }],
      hooks: { kill: { run: 'stop -t ${TOKEN} -k ${KEY}' }, start: { post: '${CONTROL}/start?t=${TOKEN}' } },
    },
    'x',
    variables,
  );
  const secrets = [
    { name: 'TOKEN', value: 's3cret-token' },
    { name: 'KEY', value: 'k3y-of-a' },
  ];
  t.same(loaded.filled_in, secrets);
  t.same(buildTarget(loaded.config, {}, loaded.filled_in).filled_in, secrets);
});

t.test('what a manifest may show holds no secret', async (t) => {
  const { shown } = parseConfig(
    {
      url: 'http://127.0.0.1:1',
      headers: { 'X-Key': 's3cret-1' },
      accounts: [{ account_id: 'acct', key: 's3cret-2', keys: [{ api_key_id: 'kid', key: 's3cret-3' }, 's3cret-4'] }],
      hooks: {
        kill: { run: 'curl -H "Authorization: Bearer s3cret-5" http://x' },
        start: { post: 'http://user:pa55@127.0.0.1:1/start' },
      },
      start: { command: 'true', env: { TOKEN: 's3cret-6' } },
    },
    'x',
  );
  t.notMatch(JSON.stringify(shown), /s3cret|pa55/);
  t.match(JSON.stringify(shown), /acct.*kid/);
});

t.test('of hooks and start commands is shown what cannot hold a secret', async (t) => {
  const { shown } = parseConfig(
    {
      url: 'http://127.0.0.1:1',
      hooks: {
        start: { run: 'TOKEN=s3cret ./start' },
        kill: { run: 'curl -u u:s3cret http://ctl/{instance}' },
        pause: { run: 'docker pause app-{instance} -t ${TOKEN}' },
        resume: { run: 'resume' },
        ownerOf: { get: 'http://u:s3cret@ctl/{stream}/owner' },
        revokeKey: { post: 'http://ctl/revoke?token=s3cret&id={api_key_id}#s3cret' },
        terminate: () => 's3cret',
      },
      start: {
        command: 'node serve.js --token s3cret --port {port}',
        ready: '/ready?key=s3cret',
        env: { TOKEN: 's3cret', OTHER: '${TOKEN}' },
      },
    },
    'x',
    { TOKEN: 't' },
  );
  t.match(shown, {
    hooks: {
      start: { run: '‹arguments hidden›' },
      kill: { run: 'curl ‹arguments hidden›{instance}' },
      pause: { run: 'docker ‹arguments hidden›{instance}‹arguments hidden›${TOKEN}' },
      resume: { run: 'resume' },
      ownerOf: { get: 'http://***@ctl/{stream}/owner' },
      revokeKey: { post: 'http://ctl/revoke?‹query hidden›{api_key_id}‹query hidden›' },
      terminate: '[function]',
    },
    start: {
      command: 'node ‹arguments hidden›{port}',
      ready: '/ready?‹query hidden›',
      env: { TOKEN: '***', OTHER: '${TOKEN}' },
    },
  });
  t.notMatch(JSON.stringify(shown), 's3cret');
});

t.test('what started processes are given is secret, unless the config shows it elsewhere', async (t) => {
  const env = { TOKEN: 's3cret-of-start', PUBLIC_URL: MINIMAL.url, FLAG: 'yes', EMPTY: '' };
  const { config, filled_in } = parseConfig({ ...MINIMAL, start: { command: 'true', env } }, 'x');
  const secrets = configuredSecrets(buildTarget(config, {}, filled_in));
  t.match(secrets, [{ kind: 'variable', name: 'TOKEN', value: 's3cret-of-start' }]);
  t.equal(secrets.length, 1);
});

t.test('a metrics URL is asked with its query; a token in it is not shown', async (t) => {
  const instances = [{ url: MINIMAL.url, metrics_url: 'http://127.0.0.1:3/m?job=a&token=s3cret' }];
  const { config, shown } = parseConfig({ ...MINIMAL, instances }, 'x');
  t.equal(buildTarget(config).instances[0]?.metrics_url?.search, '?job=a&token=s3cret');
  t.match(shown, { instances: [{ metrics_url: 'http://127.0.0.1:3/m?job=a&token=***' }] });
});

t.test('every mistake names field, found, accepted and remedy', async (t) => {
  const cases: [string, unknown, string, RegExp, RegExp, RegExp][] = [
    ['no url', {}, 'url', /nothing/, /http:\/\//, /Add `url`/],
    ['bad url', { url: 'localhost' }, 'url', /localhost/, /https:\/\//, /./],
    [
      'unknown field',
      { ...MINIMAL, capabilties: [] },
      'capabilties',
      /does not exist/,
      /capabilities/,
      /"capabilities"/,
    ],
    ['far field', { ...MINIMAL, zzzzzzzz: 1 }, 'zzzzzzzz', /does not exist/, /dialect/, /Remove it/],
    ['capability', { ...MINIMAL, capabilities: ['durabel'] }, 'capabilities[0]', /durabel/, /volatile/, /"durable"/],
    ['dialect', { ...MINIMAL, dialect: 'job' }, 'dialect', /job/, /jobs/, /"jobs"/],
    ['time', { ...MINIMAL, times: { heartbeat_ms: '15s' } }, 'times.heartbeat_ms', /15s/, /milliseconds/, /Change/],
    ['nested', { ...MINIMAL, times: { heartbeat: 1 } }, 'times.heartbeat', /not exist/, /heartbeat_ms/, /heartbeat_ms/],
    ['in a union', { ...MINIMAL, instances: [{ urll: 'x' }] }, 'instances[0].url', /nothing/, /http/, /Add/],
    ['no key', { ...MINIMAL, accounts: [{ account_id: 'a' }] }, 'accounts[0]', /"a"/, /key/, /Needs `key` or `keys`/],
    ['hook name', { ...MINIMAL, hooks: { kil: { run: 'x' } } }, 'hooks.kil', /not exist/, /kill/, /"kill"/],
    ['hook shape', { ...MINIMAL, hooks: { kill: 7 } }, 'hooks.kill', /7/, /run: COMMAND/, /Change/],
    ['no object', [], 'the file', /\[\]/, /object/, /Change/],
    ['query', { url: 'http://h/?tenant=1' }, 'url', /tenant/, /without .*query/, /Leave out the query and fragment/],
    ['fragment', { ...MINIMAL, instances: ['http://h/#a'] }, 'instances[0]', /#a/, /URL/, /Leave out the query/],
    [
      'metrics fragment',
      { ...MINIMAL, instances: [{ ...MINIMAL, metrics_url: 'http://h/m?a=1#b' }] },
      'instances[0].metrics_url',
      /#b/,
      /may have a query/,
      /Leave out the fragment/,
    ],
    ['header name', { ...MINIMAL, headers: { 'X Y': 's' } }, 'headers', /X Y/, /names of headers/, /letters, digits/],
    ['header value', { ...MINIMAL, headers: { X: 'a\nb' } }, 'headers.X', /\*\*\*/, /Latin-1/, /Take out the char/],
    [
      'key',
      { ...MINIMAL, accounts: [{ account_id: 'a', key: 'ab\n' }] },
      'accounts[0].key',
      /./,
      /Latin-1/,
      /Take out/,
    ],
    [
      'one of keys',
      { ...MINIMAL, accounts: [{ account_id: 'a', keys: ['\u200b'] }] },
      'accounts[0].keys[0]',
      /./,
      /./,
      /Take out/,
    ],
    ['safety', { ...MINIMAL, safety: { allow: ['distrupt'] } }, 'safety.allow[0]', /distrupt/, /revoke/, /"disrupt"/],
  ];
  for (const [name, document, field, found, accepted, remedy] of cases) {
    const problem = problemsOf(document).find((candidate) => candidate.field === field);
    t.match(problem, { found, accepted, remedy }, `${name}: ${JSON.stringify(problemsOf(document))}`);
  }
});

t.test('a mistake beside a secret does not print the secret', async (t) => {
  const problems = problemsOf({ ...MINIMAL, accounts: [{ account_id: 1, key: 's3cret' }], headers: 's3cret' });
  t.notMatch(JSON.stringify(problems), 's3cret');
});

t.test('files: yaml, json and ts are read; what cannot be read says why', async (t) => {
  const folder = t.testdir({
    'a.yaml': 'url: http://127.0.0.1:1 # one\nhooks:\n  kill: { run: "true" }\n',
    'a.json': '{"url":"http://127.0.0.1:2"}',
    'a.ts': `const port: number = 3;
      export default { url: \`http://127.0.0.1:\${port}\`, hooks: { kill: async (i: number): Promise<void> => {} } };`,
    'bad.yaml': 'url: [',
    'bad.json': '{',
    'bad.ts': 'export default {',
    'a.toml': '',
  });
  for (const [name, port] of [
    ['a.yaml', '1'],
    ['a.json', '2'],
    ['a.ts', '3'],
  ] as const) {
    t.equal(buildTarget((await loadConfig(join(folder, name))).config).url.port, port);
  }
  for (const name of ['bad.yaml', 'bad.json', 'bad.ts', 'a.toml', 'missing.yaml']) {
    await t.rejects(loadConfig(join(folder, name)), { name: 'ConfigError', message: new RegExp(name) }, name);
  }
});

t.test('a config is found by its name, and two are refused', async (t) => {
  const folder = t.testdir({});
  t.equal(await findConfig(folder), null);
  writeFileSync(join(folder, 'streamproof.yml'), '');
  t.equal(await findConfig(folder), join(folder, 'streamproof.yml'));
  writeFileSync(join(folder, 'streamproof.json'), '');
  await t.rejects(findConfig(folder), /streamproof.yml and .*streamproof.json/);
});
