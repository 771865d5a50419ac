/**
 * The peer of `fanout`: what everybody writes first. No log, no cursor, no heartbeat, no limit, no account: it writes a
 * POST's body to whoever listens.
 */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerWith } from '../process.ts';

const readers = new Set<ServerResponse>();

const server = createServer((request, response) => {
  if (request.method === 'GET') {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' }).flushHeaders();
    readers.add(response);
    response.once('close', () => readers.delete(response));
    return;
  }
  const parts: Buffer[] = [];
  request.on('data', (part: Buffer) => parts.push(part));
  request.once('end', () => {
    const frame = Buffer.concat(parts);
    for (const reader of readers) reader.write(frame);
    response.writeHead(202).end();
  });
});

/** Answers with its port. */
answerWith(
  () =>
    new Promise<number>((resolve) => {
      server.listen(0, '127.0.0.1', () => {
        resolve((server.address() as AddressInfo).port);
      });
    }),
);
