/** How many streams an account may hold open. Each check has an account of its own, so that nobody else runs out. */
import { defineCheck, type Check } from '../../harness/check.ts';
import { header, type Exchange } from '../../harness/client/exchange.ts';
import type { Lab, StreamHandle, Subscription } from '../../harness/lab.ts';
import type { Account } from '../../harness/target.ts';
import { CHECK_TIMEOUT_MS } from '../../harness/timeouts.ts';
import { oneInstance } from '../support/direct.ts';
import { takenOverWithin } from '../support/again.ts';
import { attachBound } from '../support/followed.ts';
import { eventually } from '../support/eventually.ts';
import { killInstance, startInstance } from '../support/restart.ts';

/** A limit beyond this is not reached here: it would cost more connections than a check may hold. */
const MOST = 256;
const NEEDS = {
  operations: ['create', 'append', 'subscribe'],
  capabilities: ['limits', 'accounts'],
  hooks: ['createAccount'],
  instances: 1,
} as const;
const COSTS = { streams: 2, connections: MOST + 8 };

interface Holder {
  readonly account: Account;
  readonly stream: StreamHandle;
  readonly open: readonly Subscription[];
  /** The first that was not served. */
  readonly refused: { readonly index: number; readonly status: number } | null;
}

function declaredLimit(lab: Lab): number {
  const limit = lab.target.limits.open_streams_per_account;
  lab.given(limit !== null, 'no-limit', 'the config declares no limits.open_streams_per_account');
  lab.given(limit <= MOST, 'limit-out-of-reach', `a limit of ${limit} open streams is more than ${MOST}`);
  return limit;
}

/** Opens as many streams as the account may have. */
async function openAll(lab: Lab, account: Account): Promise<Holder> {
  const limit = declaredLimit(lab);
  const stream = await newStream(lab, account);
  const open = Array.from({ length: limit }, () => lab.subscribe(stream, oneInstance(lab)));
  const statuses = await Promise.all(open.map(async ({ opened }) => (await opened).status));
  const refused = statuses.findIndex((status) => status !== 200);
  return { account, stream, open, refused: refused < 0 ? null : { index: refused, status: statuses[refused] ?? 0 } };
}

/** A new account that holds as many streams open as it may. */
async function fullAccount(lab: Lab): Promise<Holder> {
  const holder = await openAll(lab, await lab.hook('createAccount')());
  const { open, refused } = holder;
  lab.expect(refused === null, {
    reason: 'limit-too-early',
    expected: `${open.length} streams open at a time`,
    observed: `${refused?.status ?? 0} to one of them`,
    evidence: { status: refused?.status ?? 0, limit: open.length },
    exchanges: open.slice(refused?.index ?? 0, (refused?.index ?? 0) + 1).map(({ number }) => number),
  });
  return holder;
}

async function newStream(lab: Lab, account: Account): Promise<StreamHandle> {
  const route = { ...oneInstance(lab), account };
  const stream = await lab.start({}, route);
  await lab.append(stream, lab.events(1), route);
  return stream;
}

type Refusal = Pick<Exchange, 'status' | 'headers' | 'number'>;

/** Opens one more and closes it again. */
async function oneMore(lab: Lab, stream: StreamHandle): Promise<Refusal> {
  const subscription = lab.subscribe(stream, oneInstance(lab));
  const { status, headers } = await subscription.opened;
  await subscription.close();
  return { status, headers, number: subscription.number };
}

/** Seconds or a date (RFC 9110 §10.2.3); every form of a date names the day. */
function saysWhenToRetry(retry_after: string | null): boolean {
  const value = retry_after?.trim() ?? '';
  return /^\d+$/.test(value) || (/^[A-Z][a-z]+,? /.test(value) && !Number.isNaN(Date.parse(value)));
}

function expectRetryAfter(lab: Lab, { status, headers, number }: Refusal): void {
  const retry_after = header(headers, 'retry-after');
  lab.expect(saysWhenToRetry(retry_after), {
    reason: 'no-retry-after',
    expected: `Retry-After, in seconds or as a date, with ${status}`,
    observed: `Retry-After: ${retry_after ?? 'none'}`,
    evidence: { status, retry_after },
    exchanges: [number],
  });
}

const bounded = defineCheck({
  id: 'open-streams-bounded',
  rows: ['LIM-06'],
  title: 'Opens as many streams as an account may, one too many, and one more after another was closed',
  needs: NEEDS,
  isolation: 'shared',
  costs: COSTS,
  judges_429: true,
  run: async (lab: Lab) => {
    const { stream, open } = await fullAccount(lab);
    const refused = await oneMore(lab, stream);
    lab.expect(refused.status === 429, {
      reason: 'limit-not-kept',
      expected: `429 to stream number ${open.length + 1}`,
      observed: String(refused.status),
      evidence: { status: refused.status, open: open.length, limit: open.length },
      exchanges: [refused.number],
    });
    await open[0]?.close();
    const { holds, seen } = await eventually(
      lab,
      () => oneMore(lab, stream),
      ({ status }) => status === 200,
      attachBound(lab),
    );
    lab.expect(holds, {
      reason: 'slot-not-given-back',
      expected: `a stream in the place of one that was closed, within ${attachBound(lab)} ms`,
      observed: `${seen.status} with ${open.length - 1} streams open`,
      evidence: { status: seen.status, open: open.length - 1, limit: open.length },
      exchanges: [seen.number],
    });
    expectRetryAfter(lab, refused);
  },
});

const saysWhen = defineCheck({
  id: 'refused-stream-says-when',
  rows: ['LIM-16'],
  title: 'Opens one stream too many and reads when to try again',
  needs: { ...NEEDS, capabilities: [...NEEDS.capabilities, 'retry-after'] },
  isolation: 'shared',
  costs: COSTS,
  judges_429: true,
  run: async (lab: Lab) => {
    const { stream } = await fullAccount(lab);
    const refused = await oneMore(lab, stream);
    const { status } = refused;
    lab.given(status === 429 || status === 503, 'not-refused', `one stream too many was answered ${status}`);
    expectRetryAfter(lab, refused);
  },
});

const perAccount = defineCheck({
  id: 'open-streams-per-account',
  rows: ['LIM-07'],
  title: 'Opens a stream of one account while another holds as many as it may',
  needs: NEEDS,
  // A server that counts all accounts together would refuse whoever comes by meanwhile.
  isolation: 'disruptive',
  costs: COSTS,
  judges_429: true,
  run: async (lab: Lab) => {
    const full = await fullAccount(lab);
    const refused = await oneMore(lab, full.stream);
    lab.given(refused.status === 429, 'limit-not-reached', `one too many was answered ${refused.status}`);
    const other = await newStream(lab, await lab.hook('createAccount')());
    const { status, number } = await oneMore(lab, other);
    lab.expect(status === 200, {
      reason: 'limit-shared-by-accounts',
      expected: 'a stream for an account that has none open',
      observed: `${status} while another account has ${full.open.length} open`,
      evidence: { status, open: 0, open_of_the_other: full.open.length, account: other.account.account_id },
      exchanges: [number],
    });
  },
});

const backAfterKill = defineCheck({
  id: 'slots-come-back-after-a-kill',
  rows: ['LIM-08'],
  title: 'Kills an instance that serves as many streams as an account may have, and opens one again',
  needs: { ...NEEDS, hooks: ['kill', 'start'] },
  isolation: 'disruptive',
  costs: COSTS,
  judges_429: true,
  timeout_ms: ({ times }) => CHECK_TIMEOUT_MS + takenOverWithin(times),
  run: async (lab: Lab) => {
    // A volatile server forgets accounts that were made since it began; a durable one may not have been given back what
    // earlier kills took from a configured one, which is what this is about.
    const own = lab.target.capabilities.has('durable') ? await lab.hook('createAccount')() : lab.account();
    const { account, open, refused } = await openAll(lab, own);
    lab.given(
      refused === null,
      'setup-subscribe',
      `one of ${open.length} streams was answered ${refused?.status ?? 0}`,
    );
    await killInstance(lab, 0);
    for (const subscription of open) await subscription.finished(lab.target.times.recovery_ms);
    await startInstance(lab, 0);
    const stream = await newStream(lab, account);
    // A counter with a lease gives them back when that has run out.
    const within_ms = takenOverWithin(lab.target.times);
    const { holds: served, seen: last } = await eventually(
      lab,
      () => oneMore(lab, stream),
      ({ status }) => status === 200,
      within_ms,
    );
    lab.expect(served, {
      reason: 'slot-outlived-its-process',
      expected: `a stream within ${within_ms} ms after the process that held all of them is gone`,
      observed: `${last.status} with no stream open`,
      evidence: { status: last.status, open: 0, held_before: open.length },
      exchanges: [last.number],
    });
  },
});

export const OPEN_STREAMS: readonly Check[] = [bounded, saysWhen, perAccount, backAfterKill];
