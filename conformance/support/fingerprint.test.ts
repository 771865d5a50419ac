import t from 'tap';
import type { Exchange, HeaderList } from '../../harness/client/exchange.ts';
import { difference, type Answer } from './fingerprint.ts';

function answer(id: string, headers: HeaderList, body: string, status = 404): Answer {
  const exchange: Exchange = {
    number: 1,
    request: { method: 'GET', path: `/${id}` },
    account_id: null,
    via: 'ingress',
    status,
    headers,
    body: Buffer.from(body),
    chunks: [],
    discarded_bytes: 0,
    sent_ms: 0,
    connected_ms: 0,
    reused_socket: false,
    headers_ms: 0,
    ended_ms: 0,
    end: 'complete',
    error: null,
  };
  return { id, exchange };
}

t.test('what differs among the others too tells nothing', async (t) => {
  const numbered = (id: string, ray: string) =>
    answer(
      id,
      [
        ['CF-Ray', ray],
        ['Server', 's'],
      ],
      'none',
    );
  t.equal(difference(numbered('a1', '2'), [numbered('b1', '1'), numbered('c1', '3')]), null);
  t.match(difference(numbered('a1', '2'), [numbered('b1', '1'), numbered('c1', '1')]), { by: 'headers' });
});

t.test('each part is compared: status, bytes, headers that one has and the others have not', async (t) => {
  const others = [answer('b1', [['A', '1']], 'none'), answer('c1', [['A', '1']], 'none')];
  t.equal(difference(answer('a1', [['A', '1']], 'none'), others), null);
  t.strictSame(difference(answer('a1', [['A', '1']], 'none', 403), others), {
    by: 'status',
    seen: '403',
    other: '404',
  });
  t.strictSame(difference(answer('a1', [['A', '1']], 'none '), others), { by: 'body', seen: 'none ', other: 'none' });
  t.match(
    difference(
      answer(
        'a1',
        [
          ['A', '1'],
          ['Allow', 'GET'],
        ],
        'none',
      ),
      others,
    ),
    { by: 'headers', seen: /Allow/ },
  );
  t.match(difference(answer('a1', [], 'none'), others), { by: 'headers', seen: '[]' });
});

t.test('bodies that differ among the others are a difference', async (t) => {
  t.match(difference(answer('a1', [], '1'), [answer('b1', [], '1'), answer('c1', [], '2')]), {
    by: 'body',
    other: '2',
  });
});

t.test('an id that is quoted is no difference, nor what its length makes of the body’s', async (t) => {
  const quoted = (id: string) =>
    answer(
      id,
      [
        ['Content-Length', String(id.length)],
        ['Link', `</${id}>`],
      ],
      `no ${id}`,
    );
  t.equal(difference(quoted('404'), [quoted('812345678'), quoted('612345678')]), null);
  const short = (id: string, bytes: string) => answer(id, [['Content-Length', bytes]], '');
  t.match(difference(short('a1', '7'), [short('b1', '8'), short('c1', '8')]), { by: 'headers' });
});
