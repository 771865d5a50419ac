import { request } from 'node:http';
import t from 'tap';
import { ClusterError } from './child.ts';
import { startControl } from './control.ts';
import type { Cluster } from './supervisor.ts';

const calls: string[] = [];
const instance = { index: 0, url: 'http://127.0.0.1:1', pid: 1, state: 'running' as const };

/** Only what the control port calls. */
const cluster = {
  instances: [instance],
  ...Object.fromEntries(
    ['kill', 'terminate', 'pause', 'resume', 'start', 'restart', 'arm'].map((action) => [
      action,
      async (...args: unknown[]) => {
        calls.push(`${action} ${JSON.stringify(args)}`);
        if (args[0] === 7) throw new ClusterError('no_instance', 'There is no instance 7; accepted is only 0.');
        if (action === 'resume') throw new ClusterError('wrong_state', 'it is running');
      },
    ]),
  ),
  ownerOf: async (stream: string) => (stream === 'a/b' ? { instance: 0, epoch: 3 } : null),
  revokeKey: async (id: string) => id === 'known',
  createAccount: async () => ({ account_id: 'a', api_key_id: 'i', key: 'k', other_keys: [] }),
  inspectStorage: async (text: string) => [`found ${text}`],
} as unknown as Cluster;

t.before(async () => {
  control = await startControl(() => cluster, 0);
});
t.teardown(() => control.close());
let control: Awaited<ReturnType<typeof startControl>>;

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

function ask(method: string, path: string, body?: string, headers: Record<string, string> = {}): Promise<Answer> {
  const { hostname, port } = new URL(control.url);
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, method, path, headers, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => (text += part));
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) as unknown });
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
const JSON_TYPE = { 'content-type': 'application/json' };

t.test('actions on instances', async (t) => {
  t.strictSame(await ask('GET', '/instances'), { status: 200, body: { instances: [instance] } });
  for (const action of ['kill', 'terminate', 'pause', 'start', 'restart']) {
    t.strictSame(await ask('POST', `/instances/0/${action}`), { status: 200, body: instance });
    t.equal(calls.at(-1), `${action} [0]`);
  }
  t.equal((await ask('POST', '/instances/0/kill', '', JSON_TYPE)).status, 200, 'an empty JSON body is none');
  t.match(await ask('POST', '/instances/0/resume'), { status: 409, body: { error: { code: 'conflict' } } });
  t.match(await ask('POST', '/instances/7/kill'), { status: 404, body: { error: { message: /accepted is only 0/ } } });
  t.match(await ask('POST', '/instances/-1/kill'), {
    status: 400,
    body: { error: { message: /instance: found "-1"/ } },
  });
  t.match(await ask('POST', '/instances/0/explode'), { status: 404, body: { error: { message: /no POST/ } } });
});

t.test('arming', async (t) => {
  const arm = (arming: unknown) => ask('POST', '/instances/0/arm', JSON.stringify(arming), JSON_TYPE);
  t.equal((await arm({ point: 'frame:byte', byte: 0, stream: 's', action: 'kill' })).status, 200);
  t.equal(calls.at(-1), 'arm [0,{"point":"frame:byte","byte":0,"stream":"s","action":"kill"}]');
  t.match(await arm({ point: 'nowhere', action: 'kill' }), {
    status: 400,
    body: { error: { message: /point [^]*append:before, append:committed/ } },
  });
  for (const bad of [
    { point: 'ack:before' },
    { point: 'ack:before', action: 'explode' },
    { point: 'frame:byte', action: 'kill' },
    { point: 'frame:byte', byte: 1.5, action: 'kill' },
    { point: 'frame:byte', byte: '1', action: 'kill' },
    { point: 'ack:before', action: 'kill', stram: 'typo' },
    null,
  ]) {
    t.match(await arm(bad), { status: 400, body: { error: { code: 'bad_request' } } }, JSON.stringify(bad));
  }
  t.match(await ask('POST', '/instances/0/arm', '{', JSON_TYPE), { status: 400 });
});

t.test('owners, keys, accounts, storage', async (t) => {
  t.strictSame(await ask('GET', '/streams/a%2Fb/owner'), { status: 200, body: { instance: 0, epoch: 3 } });
  t.strictSame(await ask('GET', '/streams/none/owner'), { status: 200, body: null });
  t.equal((await ask('POST', '/keys/known/revoke')).status, 200);
  t.match(await ask('POST', '/keys/other/revoke'), { status: 404, body: { error: { message: /"other"/ } } });
  t.match(await ask('POST', '/accounts'), { status: 200, body: { account_id: 'a', other_keys: [] } });
  t.strictSame((await ask('GET', '/storage?contains=a%20b')).body, { files: ['found a b'] });
  for (const query of ['', '?contains=', '?contains=a&contains=b']) {
    t.match(await ask('GET', `/storage${query}`), { status: 400, body: { error: { message: /contains/ } } });
  }
});

t.test('a web page cannot reach it', async (t) => {
  const before = calls.length;
  const refused = { status: 403, body: { error: { code: 'forbidden' } } };
  t.match(await ask('POST', '/instances/0/kill', undefined, { origin: 'http://127.0.0.1' }), refused);
  t.match(await ask('POST', '/instances/0/kill', undefined, { origin: 'null' }), refused);
  t.match(await ask('POST', '/instances/0/kill', undefined, { host: 'evil.example' }), refused);
  t.match(await ask('POST', '/instances/0/kill', undefined, { host: '127.0.0.1.evil.example:80' }), refused);
  t.match(await ask('GET', '/instances', undefined, { host: 'localhost:1' }), { status: 200 });
  t.equal(calls.length, before);
});
