/** `GET /api/jobs/{id}/stream`: the history after a cursor, then live, as server-sent events. */
import type { Link } from '../../seams.ts';
import { QUEUE_WARNING_EVENTS, Subscription, type SubscriptionObserver } from '../../streams/subscription.ts';
import { empty, retryAfter } from '../answers.ts';
import type { JobCall, JobHandler, Runtime } from '../runtime.ts';
import { openingOf, refusal } from './opening.ts';
import { single } from './parameters.ts';

export const openStream: JobHandler = async (runtime, call) => {
  const { seams, state } = runtime;
  const { view, job, principal } = call;
  if (state.draining) {
    const answer = seams.lifecycle.refuseStream(view);
    if (answer !== null) return answer;
    call.hijack();
    view.socket.resetAndDestroy();
    return null;
  }

  const { name, text } = cursorText(call);
  const opening = openingOf(seams, job, name, text);
  const refused = refusal(seams, job, opening);
  if (refused !== null) return refused;
  // An EventSource stops reconnecting at 204, and at nothing else that is no failure.
  if (opening.kind !== 'follow') return empty(204);

  const release = seams.limits.openStream(principal.account_id);
  if (release === null) {
    const message = 'This account has too many streams open.';
    return seams.failure('quota_exceeded', message, { headers: retryAfter });
  }
  try {
    const ticket = view.query.get('ticket');
    if (principal.ticket_job_id !== null && ticket !== null) await seams.tickets.used(ticket);
  } catch (error) {
    release();
    throw error;
  }
  call.hijack();
  if (view.method === 'HEAD') {
    release();
    call.response.writeHead(200, head(runtime, call)).end();
  } else {
    subscribe(runtime, call, opening.after, release);
  }
  return null;
};

/** The header wins: an EventSource reconnects to its first URL with the newer cursor in the header. */
function cursorText({ view }: JobCall): { readonly name: string; readonly text: string | null } {
  const header = view.headers['last-event-id'];
  if (header !== undefined && header !== '') return { name: 'Last-Event-ID', text: String(header) };
  return { name: 'after', text: single(view.query, 'after') };
}

function head({ seams }: Runtime, { view }: JobCall): Readonly<Record<string, string>> {
  return { ...seams.sseHead(view), ...seams.cors(view, false), 'x-request-id': view.request_id };
}

function subscribe(runtime: Runtime, call: JobCall, after: number, release: () => void): void {
  const { seams, topics, subscriptions } = runtime;
  const { view, job, principal, response } = call;
  const chunked = view.http_version === '1.1';
  const link: Link = { job_id: job.job_id, principal, response, socket: view.socket, chunked };

  const cleanups = [release];
  const observer = observe(runtime, (subscription) => {
    subscriptions.delete(subscription);
    for (const cleanup of cleanups.splice(0)) cleanup();
  });
  const now_ms = seams.clock.monotonic_ms();
  const subscription = new Subscription(seams, topics.of(job), link, after, now_ms, observer);
  subscriptions.add(subscription);
  const unpin = seams.store.pin?.(job.job_id, { cursor: () => subscription.cursor });
  if (unpin !== undefined) cleanups.push(unpin);
  cleanups.push(
    seams.revocations.watch(principal, () => {
      subscription.cut();
    }),
  );
  seams.wire.open(link, head(runtime, call));
  subscription.start();
}

function observe(runtime: Runtime, closed: SubscriptionObserver['closed']): SubscriptionObserver {
  const { seams, metrics, log } = runtime;
  const opened_ms = seams.clock.monotonic_ms();
  return {
    caughtUp() {
      metrics.replay_duration_s.observe((seams.clock.monotonic_ms() - opened_ms) / 1000);
    },
    stalled({ link, lag }) {
      metrics.stalled_readers.inc();
      log('info', 'a reader took nothing within the stall limit', { job_id: link.job_id, behind: lag.events });
    },
    lagging({ link }) {
      metrics.queue_warnings.inc();
      log('warn', `a live reader is ${QUEUE_WARNING_EVENTS} events behind`, { job_id: link.job_id });
    },
    closed,
  };
}
