import t from 'tap';
import type { Job } from '../stores/store.ts';
import { openAt, parseCursor } from './cursor.ts';

const MALFORMED = [
  '',
  ' ',
  '10abc',
  '1e3',
  ' 5',
  '5 ',
  '+5',
  '-5',
  '-0',
  '007',
  '00',
  '0x10',
  '5, 5',
  '1.0',
  '٥',
  'NaN',
  '5\n',
];

t.test('the grammar is plain decimal', async (t) => {
  for (const text of MALFORMED) t.equal(parseCursor(text), null, JSON.stringify(text));
  for (const number of [0, 1, 9, 10, 99, 100, 4096]) t.equal(parseCursor(String(number)), number);
  t.ok((parseCursor('99999999999999999999') ?? 0) > Number.MAX_SAFE_INTEGER, 'too large is ahead, not malformed');
});

function job(first_kept_id: number, last_event_id: number, status: Job['status'] = 'running'): Job {
  return {
    job_id: 'j',
    account_id: 'a',
    client_id: null,
    application_id: null,
    synthetic: null,
    created_at_ms: 0,
    updated_at_ms: 0,
    epoch: 0,
    status,
    first_kept_id,
    last_event_id,
  };
}

t.test('where a cursor leads', async (t) => {
  t.same(openAt(job(1, 0), null), { kind: 'follow', after: 0 });
  t.same(openAt(job(501, 1000), null), { kind: 'follow', after: 500 }, 'no cursor is the kept history');
  t.same(openAt(job(1, 5), 0), { kind: 'follow', after: 0 });
  t.same(openAt(job(1, 5), 5), { kind: 'follow', after: 5 }, 'the tail of a live stream is never finished');
  t.same(openAt(job(1, 5), 6), { kind: 'ahead' });
  t.same(openAt(job(501, 1000), 500), { kind: 'follow', after: 500 });
  t.same(openAt(job(501, 1000), 499), { kind: 'evicted', earliest: 501 });
  t.same(openAt(job(501, 1000), 0), { kind: 'evicted', earliest: 501 }, 'an explicit 0 on a pruned log');
  for (const status of ['completed', 'failed'] as const) {
    t.same(openAt(job(1, 5, status), 5), { kind: 'finished' });
    t.same(openAt(job(1, 5, status), 4), { kind: 'follow', after: 4 }, 'the terminal event is replayed');
    t.same(openAt(job(1, 5, status), 6), { kind: 'ahead' }, 'beyond the terminal id is ahead');
    t.same(openAt(job(1, 5, status), null), { kind: 'follow', after: 0 });
  }
});
