import t from 'tap';
import { labFor } from '../../harness/test-support/lab-for.ts';
import { json, tinyServer } from '../../harness/test-support/tiny-server.ts';
import { proxied } from './proxied.ts';

t.test('through the proxy a server is asked by its own name and prefix', async (t) => {
  const asked: unknown[] = [];
  await using server = await tinyServer((request, response) => {
    asked.push(request.headers.host, request.url);
    json(response, 200, {});
    return true;
  });
  const url = new URL('/v1/', server.url);
  const lab = labFor(server.target());
  await using hop = await proxied(lab, url);
  await lab.http({ method: 'GET', path: '/x' }, hop.route);
  await lab.subscribe('s', hop.route).finished(5_000);
  t.strictSame(asked, [url.host, '/v1/x', url.host, '/v1/api/jobs/s/stream']);
  t.not(new URL(String(hop.route.via)).host, url.host, 'it did go through the proxy');
  await lab.close();
});

t.test('what speaks TLS cannot be reached through it, which is nobody’s fault', async (t) => {
  await using server = await tinyServer();
  const lab = labFor(server.target());
  await t.rejects(proxied(lab, new URL('https://127.0.0.1:1')), { name: 'Unmet', reason: 'no-plain-http' });
});
