/**
 * A process that appends to one stream of a SQLite file and says on its output what was acknowledged, a JSON line
 * each, written before anything else happens: `{"first_id":3,"payloads":["…","…"]}`.
 * Arguments: path, job_id, a prefix for its payloads, how many appends (0: without end), how many at a time.
 */
import { writeSync } from 'node:fs';
import { openSqliteStore } from '../sqlite/open.ts';
import { aJob, someEvents } from './fixtures.ts';

const [path = '', job_id = '', prefix = '', appends = '', at_a_time = ''] = process.argv.slice(2);
const total = Number(appends) || Infinity;

const store = await openSqliteStore({ path });
// Whoever comes first creates the stream; for the others it is a repeat.
await store.create(aJob({ job_id, account_id: 'account-a' }), { key: 'start', fingerprint: 'same' });

let begun = 0;
async function appendInTurn(): Promise<void> {
  while (begun < total) {
    const number = (begun += 1);
    const events = someEvents(1 + (number % 3), `${prefix}-${number}`);
    const outcome = await store.append(job_id, events);
    if (!('ids' in outcome)) throw new Error(`append ${number} was ${outcome.kind}`);
    const payloads = events.map((event) => event.payload_json);
    writeSync(1, `${JSON.stringify({ first_id: outcome.ids[0], payloads })}\n`);
  }
}
await Promise.all(Array.from({ length: Number(at_a_time) }, appendInTurn));
await store.close();
