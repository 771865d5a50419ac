import t from 'tap';
import type { SseEvent } from '../client/sse-event.ts';
import type { SeenEvent } from '../dialects/dialect.ts';
import { jobs } from '../dialects/jobs.ts';
import { endedBy, Recorder } from './recorder.ts';

const SEEN: SeenEvent = { id: 7, ts: 1, type: 'a', payload: '1', terminal: false, epoch: 2, nonce: 'n' };
const ITEM: SseEvent = {
  kind: 'event',
  type: 'message',
  data: '',
  last_event_id: '7',
  has_id: true,
  start_offset: 0,
  end_offset: 0,
  at_ms: 5,
};

t.test('an event is recorded with the id that stood on the wire, or none', async (t) => {
  const recorder = new Recorder(jobs);
  recorder.read('s', { kind: 'event', event: SEEN, cursor: '7' }, ITEM);
  recorder.read('s', { kind: 'event', event: SEEN, cursor: '7' }, { ...ITEM, has_id: false });
  t.match(recorder.records, [
    { kind: 'deliver', subscription: 's', id: 7, epoch: 2, nonce: 'n', at_ms: 5 },
    { kind: 'deliver', id: null },
  ]);
});

t.test('what is no event is recorded where the oracle needs it', async (t) => {
  const recorder = new Recorder(jobs);
  recorder.read('s', { kind: 'gap', earliest: 12 }, ITEM);
  recorder.read('s', { kind: 'heartbeat' }, ITEM);
  recorder.read('s', { kind: 'heartbeat' }, { ...ITEM, has_id: false });
  recorder.read('s', { kind: 'gap', earliest: null }, ITEM);
  recorder.read('s', { kind: 'other' }, ITEM);
  t.match(recorder.records, [
    { kind: 'gap', through: 11 },
    { kind: 'control-id', last_event_id: '7' },
  ]);
  t.equal(recorder.records.length, 2);
});

t.test(
  'the same event has the same hash as an append and as a delivery; another type or payload has not',
  async (t) => {
    const recorder = new Recorder(jobs);
    const hashes = (payload_json: string, type = 'a'): string => {
      recorder.appending('x', 'me', [{ type, payload_json }], null);
      const last = recorder.records.at(-1);
      return last?.kind === 'append' ? (last.payloads[0] ?? '') : '';
    };
    recorder.delivered('s', { ...SEEN, payload: '{"a":1,"b":2}' }, 1, 1);
    const delivered = recorder.records.find((record) => record.kind === 'deliver');
    t.equal(hashes('{ "b": 2, "a": 1.0 }'), delivered?.payload);
    t.not(hashes('{"a":1,"b":3}'), delivered?.payload);
    t.not(hashes('{"a":1,"b":2}', 'c'), delivered?.payload);
  },
);

t.test('a batch that ends with the terminal event is told', async (t) => {
  const recorder = new Recorder(jobs);
  recorder.appending('x', 'me', [{ type: 'a', payload_json: '1' }, jobs.terminal], 'k');
  recorder.appending('x', 'me', [jobs.terminal, { type: 'a', payload_json: '1' }], null);
  t.match(recorder.records, [
    { terminal: true, idempotency_key: 'k' },
    { terminal: false, idempotency_key: null },
  ]);
});

t.test('who ended an exchange', async (t) => {
  t.equal(endedBy('complete', true), 'server');
  t.equal(endedBy('reset', false), 'server');
  t.equal(endedBy('reset', true), 'fault');
  t.equal(endedBy('aborted', true), 'client');
  t.equal(endedBy('timeout', false), 'client');
});
