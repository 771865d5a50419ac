/** Our side of `append`, a process of its own: concurrent appenders through the store's seam. */
import { openSqliteStore } from '../../reference-server/stores/sqlite/open.ts';
import type { Store } from '../../reference-server/stores/store.ts';
import { answerWith } from '../process.ts';
import { EVENT, eventsOf, streamId, type AppendMeasured, type AppendTask } from './rows.ts';

answerWith(async (task: AppendTask): Promise<AppendMeasured> => {
  const store = await openSqliteStore({ path: task.path });
  const streams = Array.from({ length: task.appenders }, (_, appender) => streamId(appender));
  await Promise.all(streams.map((job_id) => createStream(store, job_id)));
  const commits_before = store.stats().commits;
  const from_ms = performance.now();
  await Promise.all(streams.map((job_id) => appendAll(store, job_id, task)));
  const duration_ms = performance.now() - from_ms;
  const commits = store.stats().commits - commits_before;
  await store.close();
  return { events: eventsOf(task), duration_ms, commits };
});

async function createStream(store: Store, job_id: string): Promise<void> {
  const owner = { account_id: 'bench', client_id: null, application_id: null };
  await store.create({ job_id, ...owner, synthetic: null, created_at_ms: EVENT.ts });
}

async function appendAll(store: Store, job_id: string, { appends_each, batch }: AppendTask): Promise<void> {
  const events = Array.from({ length: batch }, () => EVENT);
  for (let done = 0; done < appends_each; done++) {
    const { kind } = await store.append(job_id, events);
    if (kind !== 'appended') throw new Error(`an append was answered ${kind}`);
  }
}
