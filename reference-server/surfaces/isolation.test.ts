import t from 'tap';
import { StoreUnavailable } from '../stores/errors.ts';
import { dechunk, idsOf, RawConnection, request } from '../test-support/raw-http.ts';
import { ACME, ACME_2, GLOBEX, KEYS, serve } from '../test-support/test-server.ts';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND'];
const PATHS = ['', '/stream', '/events', '/snapshot', '/ticket', '/nothing', '/stream?after=10abc', '/events?limit=0'];
const NEVER = '00000000-0000-4000-8000-000000000000';

/** The whole answer without what differs by right. */
function bare(answer: string): string {
  return answer.replace(/^(?:date|x-request-id):.*\r\n/gim, '');
}

async function ask(port: number, text: string): Promise<string> {
  await using connection = await RawConnection.open(port, text);
  return bare(await connection.end());
}

t.test('a foreign stream answers as one that never was: every method, path and body, to the byte', async (t) => {
  const { port, call, startJob } = await serve(t, { BODY_LIMIT_BYTES: '1024' });
  const foreign = await startJob();
  const removed = await startJob();
  await call('DELETE', `/api/jobs/${removed}`);
  const bodies = ['', '{', '[]', 'x'.repeat(5000)];
  for (const method of METHODS) {
    for (const path of PATHS) {
      for (const body of method === 'POST' ? bodies : ['']) {
        const answers = [];
        for (const [job, key] of [
          [NEVER, GLOBEX],
          [foreign, GLOBEX],
          [removed, ACME],
          ['no-uuid', GLOBEX],
        ] as const) {
          const headers = [key, 'Connection: close', 'Idempotency-Key: k'];
          answers.push(await ask(port, request(method, `/api/jobs/${job}${path}`, headers, body)));
        }
        const what = `${method} ${path} with ${body.length} bytes`;
        t.match(answers[0], /^HTTP\/1\.1 404 /, what);
        t.equal(new Set(answers).size, 1, what);
      }
    }
  }
});

t.test('methods of a stream one may see', async (t) => {
  const { call, startJob } = await serve(t);
  const job = await startJob();
  const put = await call('PUT', `/api/jobs/${job}/events`, 'x');
  t.match([put.status, put.json], [405, { error: { code: 'method_not_allowed' } }]);
  t.equal(put.headers.get('allow'), 'GET, HEAD, POST, OPTIONS');
  const options = await call('OPTIONS', `/api/jobs/${job}`);
  t.same([options.status, options.headers.get('allow')], [204, 'DELETE, OPTIONS']);
});

t.test('without a valid key nothing is told, on any path', async (t) => {
  const { port, startJob } = await serve(t);
  const job = await startJob();
  for (const headers of [[], ['Authorization: Bearer wrong-key'], ['Authorization: Basic abc']]) {
    const answers = new Set<string>();
    for (const path of ['/api/jobs', `/api/jobs/${job}/events`, `/api/jobs/${NEVER}/events`, '/api/pipeline/start']) {
      answers.add(await ask(port, request('GET', path, [...headers, 'Connection: close'])));
    }
    t.equal(answers.size, 1);
    t.match([...answers][0], /^HTTP\/1\.1 401 [\s\S]*www-authenticate: Bearer/i);
  }
});

t.test('a key is judged per request, also on a connection that was let in before', async (t) => {
  const { port, startJob } = await serve(t);
  const job = await startJob();
  await using connection = await RawConnection.open(port, request('GET', `/api/jobs/${job}/events`, [ACME]));
  await connection.until((text) => text.includes('next_cursor'));
  connection.received = '';
  connection.socket.write(request('GET', `/api/jobs/${job}/events`, [GLOBEX]));
  t.match(await connection.until((text) => text.includes('}}')), /^HTTP\/1\.1 404/);
  connection.received = '';
  connection.socket.write(request('GET', `/api/jobs/${job}/events`));
  t.match(await connection.until((text) => text.includes('}}')), /^HTTP\/1\.1 401/);
});

t.test('a list holds the account’s own streams, newest first', async (t) => {
  const { call, startJob } = await serve(t);
  const mine = [await startJob(), await startJob()];
  const theirs = { authorization: `Bearer ${KEYS[2].key}` };
  await call('POST', '/api/pipeline/start', undefined, theirs);
  const { json } = await call('GET', '/api/jobs');
  const listed = (json['jobs'] as { job_id: string; status: string; last_event_id: number }[]).map((job) => job.job_id);
  t.same(listed, mine.reverse());
});

t.test('revocation ends what the key opened, and nothing of the account’s other key', async (t) => {
  const { port, server, call, startJob, append } = await serve(t, { REVOCATION_MS: '300' });
  const job = await startJob();
  const path = `/api/jobs/${job}/stream`;
  const { ticket } = (await call('POST', `/api/jobs/${job}/ticket`)).json as { ticket: string };
  await using by_key = await RawConnection.open(port, request('GET', path, [ACME]));
  await using by_ticket = await RawConnection.open(port, request('GET', `${path}?ticket=${ticket}`));
  await using other = await RawConnection.open(port, request('GET', path, [ACME_2]));
  const poll = call('GET', `/api/jobs/${job}/events?wait_ms=30000`);
  for (const reader of [by_key, by_ticket, other]) await reader.until((text) => text.includes('\r\n\r\n'));

  t.equal(await server.revokeKey(KEYS[0].api_key_id), true);
  t.equal(await server.revokeKey('nobody'), false);
  for (const reader of [by_key, by_ticket]) await reader.until((text) => dechunk(text).complete);
  t.equal((await poll).status, 401);
  t.equal((await call('GET', '/api/jobs')).status, 401);
  t.equal((await call('GET', `${path}?ticket=${ticket}`, undefined, { authorization: '' })).status, 401);

  const mine = { authorization: `Bearer ${KEYS[1].key}` };
  await call('POST', `/api/jobs/${job}/events`, { type: 'x', payload: 1 }, mine);
  t.same(idsOf(dechunk(await other.until((text) => text.includes('id: 1\n'))).body), [1]);
  t.equal((await append(job, { type: 'x', payload: 1 })).status, 401);
});

t.test('a revocation that sends no hint is found by the poll', async (t) => {
  const { port, server, startJob } = await serve(t, { REVOCATION_MS: '100' }, (healthy) => ({
    ...healthy,
    store: { ...healthy.store, onChange: () => () => undefined },
  }));
  const job = await startJob();
  await using reader = await RawConnection.open(port, request('GET', `/api/jobs/${job}/stream`, [ACME]));
  await reader.until((text) => text.includes('\r\n\r\n'));
  await server.revokeKey(KEYS[0].api_key_id);
  t.ok(dechunk(await reader.until((text) => dechunk(text).complete)).complete);
});

t.test('a reconnect with a ticket that was used needs no write', async (t) => {
  let writes = 0;
  const { port, call, startJob, append } = await serve(t, {}, (healthy) => ({
    ...healthy,
    store: {
      ...healthy.store,
      useTicket: async (ticket_sha256) => {
        writes += 1;
        if (writes > 1) throw new StoreUnavailable('queue_full', 'full');
        await healthy.store.useTicket(ticket_sha256);
      },
    },
  }));
  const job = await startJob();
  await append(job, { type: 'x', payload: 1 }, { type: 'done', payload: {} });
  const { ticket } = (await call('POST', `/api/jobs/${job}/ticket`)).json as { ticket: string };
  for (const after of [0, 1]) {
    const path = `/api/jobs/${job}/stream?ticket=${ticket}&after=${after}`;
    await using reader = await RawConnection.open(port, request('GET', path));
    t.match(await reader.until((text) => text.includes('\r\n\r\n')), /^HTTP\/1\.1 200/);
  }
});

t.test('a ticket opens one stream, again and again', async (t) => {
  let now_ms = 1_700_000_000_000;
  const { port, call, startJob, append } = await serve(t, {}, (healthy) => ({
    ...healthy,
    clock: { ...healthy.clock, now_ms: () => now_ms },
    store: healthy.store,
  }));
  const job = await startJob();
  const other = await startJob();
  const issued = await call('POST', `/api/jobs/${job}/ticket`);
  t.match([issued.status, issued.json], [201, { expires_in_s: 60 }]);
  const ticket = String(issued.json['ticket']);
  const unused = String((await call('POST', `/api/jobs/${job}/ticket`)).json['ticket']);
  const open = (path: string): Promise<string> => ask(port, request('GET', path, ['Connection: close']));

  t.match(await open(`/api/jobs/${other}/stream?ticket=${ticket}`), /^HTTP\/1\.1 404/);
  t.match(await open(`/api/jobs/${NEVER}/stream?ticket=${ticket}`), /^HTTP\/1\.1 404/);
  t.match(await open(`/api/jobs/${job}/stream?ticket=unknown`), /^HTTP\/1\.1 401/);
  t.match(await open(`/api/jobs/${NEVER}/stream?ticket=unknown`), /^HTTP\/1\.1 401/);
  t.match(await open(`/api/jobs/${job}/events?ticket=${ticket}`), /^HTTP\/1\.1 401/, 'it opens the stream alone');

  await using reader = await RawConnection.open(port, request('GET', `/api/jobs/${job}/stream?ticket=${ticket}`));
  await reader.until((text) => text.includes('\r\n\r\n'));
  now_ms += 61_000;
  t.match(await open(`/api/jobs/${job}/stream?ticket=${unused}`), /^HTTP\/1\.1 401/, 'unused it expires');
  await append(job, { type: 'done', payload: {} });
  t.same(idsOf(await open(`/api/jobs/${job}/stream?ticket=${ticket}`)), [1], 'used it lives on');
});

t.test('a preflight is one answer for every path; CORS is for configured origins', async (t) => {
  const { port, call, startJob } = await serve(t, { CORS_ORIGINS: 'https://app.example' });
  const job = await startJob();
  const preflight = (path: string, origin: string): Promise<string> =>
    ask(port, request('OPTIONS', path, [`Origin: ${origin}`, 'Connection: close']));
  const answers = [];
  for (const path of ['/api/jobs', `/api/jobs/${job}/stream`, `/api/jobs/${NEVER}/stream`, '/nowhere']) {
    answers.push(await preflight(path, 'https://app.example'));
  }
  t.equal(new Set(answers).size, 1);
  t.match(answers[0], /access-control-allow-origin: https:\/\/app\.example/i);
  for (const header of ['Authorization', 'Last-Event-ID', 'X-Client-Id']) {
    t.match(answers[0], new RegExp(`access-control-allow-headers: .*${header}`, 'i'));
  }
  t.notMatch(await preflight('/api/jobs', 'https://evil.example'), /access-control-allow/i);
  const get = await call('GET', '/api/jobs', undefined, { origin: 'https://app.example' });
  t.equal(get.headers.get('access-control-allow-origin'), 'https://app.example');
});

t.test('AUTH=open is one account for everybody', async (t) => {
  const { port } = await serve(t, { AUTH: 'open' });
  t.match(await ask(port, request('POST', '/api/pipeline/start', ['Connection: close'])), /^HTTP\/1\.1 202/);
  t.match(await ask(port, request('GET', '/api/jobs', ['Connection: close'])), /"jobs":\[{/);
});
