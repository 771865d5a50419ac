/** Surface `jobs` (seed 004 §4.2). */
import { terminalStatus } from '../../spec/wire.ts';
import type { DialectData } from './dialect-data.ts';
import { httpDialect } from './http-dialect.ts';

const JOBS: DialectData = {
  name: 'jobs',
  requests: {
    create: { method: 'POST', path: '/api/pipeline/start' },
    append: { method: 'POST', path: '/api/jobs/{stream}/events' },
    subscribe: { method: 'GET', path: '/api/jobs/{stream}/stream' },
    poll: { method: 'GET', path: '/api/jobs/{stream}/events' },
    snapshot: { method: 'GET', path: '/api/jobs/{stream}/snapshot' },
    list: { method: 'GET', path: '/api/jobs' },
    remove: { method: 'DELETE', path: '/api/jobs/{stream}' },
    ticket: { method: 'POST', path: '/api/jobs/{stream}/ticket' },
  },
  terminal: { type: 'done', payload_json: '{}' },
  credentials: { header: 'Authorization', prefix: 'Bearer ' },
  headers: { cursor: 'Last-Event-ID', client_id: 'X-Client-Id', idempotency_key: 'Idempotency-Key' },
  query: { cursor: 'after', ticket: 'ticket', after: 'after', limit: 'limit', wait_ms: 'wait_ms' },
  start_body: { api: { producer: 'api' }, synthetic: { producer: 'synthetic' } },
  fields: {
    stream: 'job_id',
    status: 'status',
    streams: 'jobs',
    ids: 'ids',
    events: 'events',
    next_cursor: 'next_cursor',
    last_event_id: 'last_event_id',
    event_count: 'event_count',
    ticket: 'ticket',
    event: {
      id: ['id', 'event_id'],
      ts: 'ts',
      type: 'type',
      payload: 'payload',
      epoch: 'epoch',
      nonce: 'nonce',
    },
  },
  heartbeat: { kind: 'comment' },
  gap: { event: 'gap', earliest: 'earliest' },
  error_event: 'error',
};

export const jobs = httpDialect(JOBS, (type, payload) => terminalStatus(type, payload) !== null);
