import fc from 'fast-check';
import t from 'tap';
import { requestFraming, responseFraming } from './body-framing.ts';
import { headForNextHop, MalformedHead, parseRequestHead, parseResponseHead } from './http-head.ts';

function request(...lines: string[]) {
  return parseRequestHead(Buffer.from([...lines, '', ''].join('\r\n')));
}

t.test('a chunked body ends at the same byte however it is cut', async () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 6 }),
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 30 }),
      fc.boolean(),
      (chunks, cuts, trailer) => {
        const parts = chunks.flatMap((chunk) => [
          Buffer.from(`${chunk.length.toString(16)};x=1\r\n`),
          Buffer.from(chunk),
          Buffer.from('\r\n'),
        ]);
        const body = Buffer.concat([...parts, Buffer.from(trailer ? '0\r\nA: b\r\n\r\n' : '0\r\n\r\n')]);
        const bytes = Buffer.concat([body, Buffer.from('GET /next')]);
        const framing = requestFraming(request('POST / HTTP/1.1', 'Transfer-Encoding: chunked'));
        let taken = 0;
        for (let at = 0, turn = 0; at < bytes.length && !framing.done; turn += 1) {
          const cut = cuts[turn % cuts.length] ?? 1;
          taken += framing.take(bytes.subarray(at, at + cut));
          at += cut;
        }
        return framing.done && taken === body.length;
      },
    ),
  );
});

t.test('a body of a known length, of none, and until close', async (t) => {
  const known = requestFraming(request('POST / HTTP/1.1', 'content-length: 5'));
  t.equal(known.take(Buffer.from('abc')), 3);
  t.equal(known.done, false);
  t.equal(known.take(Buffer.from('defgh')), 2);
  t.equal(known.done, true);
  t.equal(requestFraming(request('POST / HTTP/1.1', 'Content-Length: 0')).done, true);
  t.equal(requestFraming(request('GET / HTTP/1.1')).done, true);
  const until_close = responseFraming(parseResponseHead(Buffer.from('HTTP/1.1 200 OK\r\n\r\n')), 'GET');
  t.equal(until_close.until_close, true);
  const headed = parseResponseHead(Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n'));
  t.equal(responseFraming(headed, 'HEAD').done, true);
});

t.test('what could be read in two ways is refused', async (t) => {
  for (const lines of [
    ['POST / HTTP/1.1', 'Content-Length: 5', 'Transfer-Encoding: chunked'],
    ['POST / HTTP/1.1', 'Content-Length: 5', 'Content-Length: 6'],
    ['POST / HTTP/1.1', 'Content-Length: 5,5'],
    ['POST / HTTP/1.1', 'Content-Length: +5'],
    ['POST / HTTP/1.1', 'Transfer-Encoding: gzip, chunked'],
    ['POST / HTTP/1.1', 'Transfer-Encoding : chunked'],
    ['POST / HTTP/1.1', 'A: b\n Transfer-Encoding: chunked'],
    ['POST / HTTP/1.1', ' folded: 1'],
    ['POST /a b HTTP/1.1'],
    ['POST / HTTP/2.0'],
  ]) {
    t.throws(() => requestFraming(request(...lines)), MalformedHead, lines.join(' | '));
  }
  for (const chunk of ['g\r\n', '-1\r\n', '\r\n', ' 5\r\n', '2\r\nabc\r\n', '1\n']) {
    const framing = requestFraming(request('POST / HTTP/1.1', 'Transfer-Encoding: chunked'));
    t.throws(() => framing.take(Buffer.from(chunk)), MalformedHead, JSON.stringify(chunk));
  }
});

t.test('a head goes on as it came, but for the hop', async (t) => {
  const head = request(
    'GET /x?y=1 HTTP/1.1',
    'host: H',
    'X-B:  two words ',
    'Connection: X-Private, close, content-length',
    'x-private: 1',
    'Keep-Alive: timeout=72',
    'Content-Length: 3',
    'x-b: again',
  );
  t.equal(
    headForNextHop(head, 'keep-alive').toString('latin1'),
    [
      'GET /x?y=1 HTTP/1.1',
      'host: H',
      'X-B: two words',
      'Content-Length: 3',
      'x-b: again',
      'Connection: keep-alive',
      '',
      '',
    ].join('\r\n'),
  );
});
