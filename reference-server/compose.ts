/**
 * The healthy composition. Seams that build on others look them up in `parts` when they are called, so a wrapped seam is
 * used by all of them.
 */
import type { ServerConfig } from './config.ts';
import type { LockManager } from './locks/lock-manager.ts';
import type { Metrics } from './metrics.ts';
import { createProducer } from './producers/synthetic.ts';
import { DRAIN_STEPS, type Compose, type Seams } from './seams.ts';
import type { Store } from './stores/store.ts';
import { cursors } from './streams/cursor.ts';
import { createEncoder } from './streams/sse-frame.ts';
import { sseWire } from './streams/sse-wire.ts';
import { createSubscriptionPolicy, tickInterval } from './streams/subscription-policy.ts';
import { withTypeCounts } from './streams/type-counts.ts';
import { failure } from './surfaces/answers.ts';
import { createCors } from './surfaces/cors.ts';
import { createLifecycle } from './surfaces/health.ts';
import { appends } from './surfaces/jobs/append.ts';
import { createViews } from './surfaces/jobs/views.ts';
import { createAccess } from './tenancy/access.ts';
import { createKeyAuthenticator, openAuthenticator } from './tenancy/authenticator.ts';
import { createLimits } from './tenancy/limits.ts';
import { createRevocations } from './tenancy/revocations.ts';
import { createTickets } from './tenancy/tickets.ts';

export interface Backends {
  readonly store: Store;
  readonly locks: LockManager;
  readonly metrics: Pick<Metrics, 'exposition'>;
}

/** Source: design 3 "Common" (SSE responses). */
const SSE_HEAD = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
} as const;

function healthy(config: ServerConfig, backends: Backends, parts: Seams): Seams {
  // A store that prunes forgets what its snapshots still have to count.
  const counted = backends.store.traits.durable ? null : withTypeCounts(backends.store);
  return {
    store: counted?.store ?? backends.store,
    locks: backends.locks,
    clock: { now_ms: Date.now, monotonic_ms: () => performance.now() },

    authenticator: config.auth === 'open' ? openAuthenticator : createKeyAuthenticator(parts),
    access: createAccess(parts),
    tickets: createTickets(parts),
    revocations: createRevocations(parts),
    limits: createLimits(config),

    cursors,
    replay: { read: (job_id, after, limit) => parts.store.read(job_id, after, limit) },
    encoder: createEncoder(config.flush_bytes),
    wire: sseWire,
    sseHead: () => SSE_HEAD,
    subscription: createSubscriptionPolicy({ ...config, tick_ms: tickInterval(config) }),
    wake: {
      appended: (followers, job_id, events) => {
        followers.accept(job_id, events);
      },
      removed: (followers, job_id) => {
        followers.refresh(job_id);
      },
      hinted: (followers, change) => {
        if (change.kind === 'job') followers.refresh(change.job_id, change.last_event_id);
        if (change.kind === 'removed') followers.refresh(change.job_id);
      },
      polled: (followers) => {
        followers.refreshAll();
      },
    },
    views: createViews(parts, (job_id) => counted?.counts(job_id) ?? null),

    appends,
    producer: createProducer(parts, config.lock_ttl_ms),

    lifecycle: createLifecycle(parts, DRAIN_STEPS),
    cors: createCors(config.cors_origins),
    exposition: () => backends.metrics.exposition(),
    failure,
    outgoing: (answer) => answer,
  };
}

export function composeSeams(config: ServerConfig, backends: Backends, compose: Compose): Seams {
  const parts = {} as Seams;
  Object.assign(parts, compose(healthy(config, backends, parts)));
  return Object.freeze(parts);
}
