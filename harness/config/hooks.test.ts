import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import t from 'tap';
import { HookError, hooksFrom } from './hooks.ts';
import { fillCommand, fillUrl } from './placeholders.ts';

t.test('a value from the server never reaches the shell as code', async (t) => {
  t.equal(fillCommand('docker kill app-{instance}', { instance: '2' }), 'docker kill app-2');
  t.equal(fillCommand('x {stream}', { stream: "a'; rm -rf $(HOME)" }), `x 'a'\\''; rm -rf $(HOME)'`);
  t.equal(fillUrl('http://h/{stream}?n={needle}', { stream: 'a/b', needle: 'x&y' }), 'http://h/a%2Fb?n=x%26y');
  t.equal(fillCommand('awk {print}', {}), 'awk {print}');
});

t.test('a command runs with its placeholders filled in; its output is the answer', async (t) => {
  const hooks = hooksFrom({
    ownerOf: { run: `echo '{"instance":1,"epoch":7}'` },
    inspectStorage: { run: 'printf "%s\\n" {needle} b' },
    kill: { run: 'exit {instance}' },
  });
  t.same(await hooks.ownerOf?.('s'), { instance: 1, epoch: 7 });
  t.same(await hooks.inspectStorage?.("it's"), ["it's", 'b']);
  await hooks.kill?.(0);
  await t.rejects(async () => hooks.kill?.(3), /hooks.kill/);
});

t.test('a function gets what the hook is called with', async (t) => {
  const hooks = hooksFrom({ pause: (instance) => t.equal(instance, 4), ownerOf: () => null });
  await hooks.pause?.(4);
  t.equal(await hooks.ownerOf?.('s'), null);
  await t.rejects(async () => hooksFrom({ ownerOf: () => ({ instance: 'one' }) }).ownerOf?.('s'), /ownerOf/);
});

t.test('a request goes to the control port; any answer but 2xx is an error', async (t) => {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    request.setEncoding('utf8');
    let body = '';
    request.on('data', (text: string) => (body += text));
    request.on('end', () => {
      seen.push(`${String(request.method)} ${String(request.url)} ${body}`);
      response.statusCode = request.url === '/missing' ? 404 : 200;
      response.end(request.url === '/accounts' ? '{"account_id":"a","api_key_id":"i","key":"k"}' : '{"files":["f"]}');
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const base = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  const hooks = hooksFrom({
    arm: { post: `${base}/instances/{instance}/arm` },
    createAccount: { post: `${base}/accounts` },
    inspectStorage: { get: `${base}/storage?contains={needle}` },
    revokeKey: { post: `${base}/missing` },
  });
  await hooks.arm?.(1, { point: 'ack:before', action: 'kill' });
  t.same(await hooks.createAccount?.(), { account_id: 'a', api_key_id: 'i', key: 'k', other_keys: [] });
  t.same(await hooks.inspectStorage?.('a b'), ['f']);
  await t.rejects(hooks.revokeKey?.('id') ?? Promise.resolve(), /404/);
  t.same(seen, [
    'POST /instances/1/arm {"point":"ack:before","action":"kill"}',
    'POST /accounts ',
    'GET /storage?contains=a%20b ',
    'POST /missing ',
  ]);
});

t.test('what goes wrong is told without the command, the URL and what was answered', async (t) => {
  const told = async (hooks: Parameters<typeof hooksFrom>[0]): Promise<string> => {
    const error: unknown = await hooksFrom(hooks)
      .createAccount?.()
      .catch((reason: unknown) => reason);
    t.type(error, HookError);
    t.notMatch(inspect(error), 's3cret', 'nor in its cause');
    return error instanceof HookError ? error.message : '';
  };
  t.equal(
    await told({ createAccount: { run: ': s3cret-1; echo "no such account http://me:s3cret-2@h" >&2; exit 3' } }),
    'hooks.createAccount: the command ended with exit code 3: no such account http://***@h',
  );
  t.equal(
    await told({ createAccount: { run: ': s3cret-1; kill -9 $$' } }),
    'hooks.createAccount: the command ended with SIGKILL',
  );
  t.match(
    await told({ createAccount: { run: `echo '{"key":"s3cret-3"}'` } }),
    /hooks\.createAccount answered .*account_id/s,
  );
  t.equal(
    await told({ createAccount: { get: 'http://me:s3cret-4@127.0.0.1:1/?token=s3cret-5' } }),
    'hooks.createAccount: GET: the request could not be sent',
  );
  t.match(
    await told({ createAccount: { post: 'http://127.0.0.1:1/?token=s3cret-5' } }),
    /POST: .*(ECONNREFUSED|bad port)/,
  );
  t.match(
    await told({
      createAccount: () => {
        throw new Error(`${'x'.repeat(180)} postgres://me:s3cret-6-${'y'.repeat(40)}@db`);
      },
    }),
    /^hooks\.createAccount: x+ postgres:\/\/\*+@db$/,
    'also where its text is long',
  );
});
