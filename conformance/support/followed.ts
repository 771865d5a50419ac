/** The commonest beginning of a check: a stream with one event and a reader that has seen it. */
import { header } from '../../harness/client/exchange.ts';
import type { Lab, Route, StreamHandle, Subscription } from '../../harness/lab.ts';

export interface Followed extends AsyncDisposable {
  readonly stream: StreamHandle;
  readonly subscription: Subscription;
}

/**
 * `Unmet` unless the first event arrives: what the check is about needs a reader that works at all. All of it goes one
 * route, because instances need not share their streams.
 */
export async function followed(lab: Lab, route: Route = {}): Promise<Followed> {
  const stream = await lab.start({}, route);
  const [first] = await lab.append(stream, lab.events(1), route);
  const subscription = lab.subscribe(stream, route);
  const attached = await subscription.until(({ events }) => events.some(({ id }) => id === first), attachBound(lab));
  const { status, headers } = await subscription.opened;
  const type = header(headers, 'content-type') ?? 'no content type';
  lab.given(attached, 'setup-subscribe', `a reader of one event saw nothing (${status}, ${type})`);
  return { stream, subscription, [Symbol.asyncDispose]: () => subscription[Symbol.asyncDispose]() };
}

/** `Unmet` unless the reader was answered with an event stream; whether it holds an event is not asked. */
export async function opensAsStream(lab: Lab, subscription: Subscription): Promise<void> {
  const { status, headers } = await subscription.opened;
  const type = header(headers, 'content-type') ?? 'no content type';
  const served = status === 200 && /^text\/event-stream\b/i.test(type);
  lab.given(served, 'setup-subscribe', `a reader was answered ${status}, ${type}`);
}

/**
 * `Unmet` where a limit turned the reader away, for checks that would pass on its answer; what fails on a 429 is the
 * lab's to excuse (`Check.judges_429`).
 * Looks at the answer that is there; whether one comes at all is the caller's to wait for and to judge.
 */
export async function admitted(lab: Lab, { opened }: Pick<Subscription, 'opened'>): Promise<void> {
  const head = await Promise.race([opened, Promise.resolve(null)]);
  lab.given(head?.status !== 429, 'turned-away', 'a reader was answered 429: its account has as many open as it may');
}

/** Attaching and reading what is there: generous, because other checks judge how fast it must be. */
export function attachBound(lab: Lab): number {
  return lab.target.times.replay_ms + lab.target.times.event_latency_ms;
}

/** Whether the reader was given the event within the bound. */
export function arrives(subscription: Subscription, id: number | undefined, within_ms: number): Promise<boolean> {
  return subscription.until(({ events }) => events.some((event) => event.id === id), within_ms);
}
