/** `GET /api/jobs/{id}/events`: the history for polling, and the long poll. `Last-Event-ID` is ignored here. */
import type { Answer } from '../../seams.ts';
import type { Page } from '../../stores/store.ts';
import { empty, json, retryAfter } from '../answers.ts';
import type { JobCall, JobHandler, Runtime } from '../runtime.ts';
import { openingOf, refusal } from './opening.ts';
import { bounded, single } from './parameters.ts';

const MAX_LIMIT = 1000;
const DEFAULT_LIMIT = 500;
const MAX_WAIT_MS = 30_000;

export const pollEvents: JobHandler = async (runtime, call) => {
  const { seams, state } = runtime;
  const { query } = call.view;
  const text = single(query, 'after');
  const limit = bounded(query, 'limit', 1, MAX_LIMIT, DEFAULT_LIMIT);
  const wait_ms = bounded(query, 'wait_ms', 0, MAX_WAIT_MS, 0);
  const deadline_ms = seams.clock.monotonic_ms() + wait_ms;

  let { job } = call;
  for (;;) {
    const opening = openingOf(seams, job, 'after', text);
    const refused = refusal(seams, job, opening);
    if (refused !== null) return refused;
    const after = opening.kind === 'follow' ? opening.after : job.last_event_id;
    const page = await seams.store.read(job.job_id, after, limit);
    if (page === null) return seams.access.missing(call.view);
    job = page.job;
    // Pruned between the two looks at the stream: the cursor is judged again.
    if (wasEvicted(page, after)) continue;

    const left_ms = deadline_ms - seams.clock.monotonic_ms();
    const over = page.events.length > 0 || job.status !== 'running' || left_ms <= 0 || state.draining;
    if (over) return json(200, seams.views.poll(page, after));
    const ended = await waitForNews(runtime, { ...call, job }, after, left_ms);
    if (ended !== null) return ended;
  }
};

function wasEvicted({ job, events }: Page, after: number): boolean {
  const first = events[0]?.id ?? job.last_event_id + 1;
  return first > after + 1;
}

/** null: look again. */
async function waitForNews(
  { seams, topics, long_polls }: Runtime,
  { job, principal, view }: JobCall,
  after: number,
  wait_ms: number,
): Promise<Answer | null> {
  const release = seams.limits.longPoll(principal.account_id);
  if (release === null) {
    return seams.failure('quota_exceeded', 'This account has too many long polls open.', { headers: retryAfter });
  }
  const end = await long_polls.wait(topics.of(job), after, principal, view.socket, wait_ms).finally(release);
  if (end === 'revoked') return seams.failure('unauthorized', 'The API key was revoked.');
  // Nobody is there to read an answer; this one only ends the request.
  return end === 'disconnected' ? empty(204) : null;
}
