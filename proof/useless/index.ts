/** The vacuity list of design 4: against each of these a suite that observes anything passes nothing. */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Recording } from './recording.ts';
import { cannedReplay } from './canned-replay.ts';
import { listen, type UselessServer } from './server.ts';

export { recorder, type Recording } from './recording.ts';
export type { UselessServer } from './server.ts';

const HEARTBEAT_EVERY_MS = 100;
const PAGE =
  '<!doctype html><html><head><title>Welcome</title></head><body><h1>It works!</h1><p>data: 1</p></body></html>\n';

function useless(name: string, description: string, listener: RequestListener): UselessServer {
  return { name, description, start: () => listen(listener) };
}

function always(status: number, headers: Readonly<Record<string, string>> = {}): UselessServer {
  return useless(`always-${status}`, `answers everything ${status}, with nothing in it`, (req, res) => {
    req.resume();
    res.writeHead(status, headers).end();
  });
}

function openStream(res: ServerResponse): void {
  res.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache', 'X-Accel-Buffering': 'no' });
  res.flushHeaders();
}

function echo(req: IncomingMessage, res: ServerResponse): void {
  res.writeHead(200, { 'Content-Type': req.headers['content-type'] ?? req.headers.accept ?? 'text/plain' });
  if (req.method === 'GET') res.write(`${req.method} ${req.url ?? ''}\n${req.rawHeaders.join('\n')}\n`);
  req.pipe(res);
}

export const uselessServers: readonly UselessServer[] = [
  useless('never-answers', 'takes every request and never answers', (req) => {
    req.resume();
  }),
  always(200),
  always(204),
  always(302, { Location: '/' }),
  always(401),
  always(404),
  always(500),
  useless('echo', 'answers 200 with the request itself', echo),
  useless('html-page', 'answers everything with a page', (req, res) => {
    req.resume();
    res.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8', 'Content-Length': PAGE.length }).end(PAGE);
  }),
  useless('heartbeats-for-ever', 'answers everything with an event stream of heartbeats alone', (req, res) => {
    req.resume();
    openStream(res);
    const timer = setInterval(() => res.write(': heartbeat\n\n'), HEARTBEAT_EVERY_MS);
    res.on('close', () => {
      clearInterval(timer);
    });
  }),
  useless('headers-then-close', 'answers everything with the headers of an event stream, then closes', (req, res) => {
    req.resume();
    openStream(res);
    res.end();
  }),
];

/** Plays back what a healthy server once said, whatever is asked now. */
export function cannedReplayServer(recording: Recording): UselessServer {
  return useless('canned-replay', 'replays the recording of a healthy run', cannedReplay(recording));
}
