/** The composition root: seams, streams, producers and routes become one server. */
import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { composeSeams } from './compose.ts';
import type { ServerConfig } from './config.ts';
import { createDrain } from './drain.ts';
import { createLog, reasonOf } from './log.ts';
import { createMetrics } from './metrics.ts';
import { ProducerPool } from './producers/producer-pool.ts';
import type { Compose, Seams } from './seams.ts';
import { openConfigured, openLocks } from './stores/open-store.ts';
import type { Store } from './stores/store.ts';
import { Subscriptions } from './streams/subscriptions.ts';
import { tickInterval } from './streams/subscription-policy.ts';
import { Topics } from './streams/topics.ts';
import { Writer } from './streams/writer.ts';
import { createHttp } from './surfaces/http.ts';
import { LongPolls } from './surfaces/jobs/long-polls.ts';
import type { Runtime } from './surfaces/runtime.ts';
import { createAccount, seedKeys, type CreatedAccount } from './tenancy/accounts.ts';
import { startUpkeep } from './upkeep.ts';

export type { CreatedAccount } from './tenancy/accounts.ts';

export interface RunningServer {
  /** @throws the listener's error (EADDRINUSE, EACCES, ...) */
  listen(): Promise<{ readonly port: number }>;
  /** What SIGTERM does: not ready, streams end cleanly, the store is closed last. Resolves when all of it is done. */
  drain(): Promise<void>;
  /** At once: connections are destroyed, leases released, the store closed. Harmless after `drain`. */
  close(): Promise<void>;
  /** False when there is no such key. */
  revokeKey(api_key_id: string): Promise<boolean>;
  createAccount(): Promise<CreatedAccount>;
  /** Who holds the stream's lease; null while nobody does. */
  ownerOf(stream: string): Promise<{ readonly instance_id: string; readonly epoch: number } | null>;
}

/**
 * `opening`: the configured store, which a caller may have begun to open. It is the server's from here on.
 * @throws StoreOpenError when it cannot be opened.
 */
export async function createServer(
  config: ServerConfig,
  compose: Compose = (seams) => seams,
  opening: Promise<Store> = openConfigured(config),
): Promise<RunningServer> {
  const store = await opening;
  try {
    const locks = openLocks(
      { backend: config.lock_backend, owner_id: config.instance_id, ttl_ms: config.lock_ttl_ms },
      store,
    );
    const runtime = build(config, (metrics) => composeSeams(config, { store, locks, metrics }, compose));
    await seedKeys(runtime.seams.store, config.api_keys);
    return run(runtime);
  } catch (error) {
    await store.close();
    throw error;
  }
}

function build(config: ServerConfig, compose: (metrics: ReturnType<typeof createMetrics>) => Seams): Runtime {
  const log = createLog(config.log_level, { instance_id: config.instance_id });
  const metrics = createMetrics({
    queue_depth: () => subscriptions.depths().live,
    replay_remaining: () => subscriptions.depths().replaying,
    open_streams: () => subscriptions.size,
    queued_bytes: () => subscriptions.queued_bytes,
  });
  const seams = compose(metrics);
  const subscriptions = new Subscriptions(seams.clock, tickInterval(config));
  const topics = new Topics(seams, {
    hot_tail_events: config.hot_tail_events,
    encoded: (bytes) => {
      metrics.frame_bytes.observe(bytes);
      if (bytes < config.flush_bytes) log('debug', 'a frame is below the flush threshold', { bytes });
    },
    delivered: (events) => {
      const now_ms = seams.clock.now_ms();
      for (const { ts } of events) metrics.event_latency_s.observe(Math.max(0, now_ms - ts) / 1000);
    },
    failed: (error) => {
      log('warn', 'a stream could not be read on, it is tried again', { reason: reasonOf(error) });
    },
  });
  const writer = new Writer(seams, topics, {
    persisted: (duration_ms) => {
      metrics.persistence_latency_s.observe(duration_ms / 1000);
    },
    failed: (error) => {
      metrics.persistence_failures.inc();
      log('warn', 'an append was not stored', { reason: reasonOf(error) });
    },
  });
  const { lock_ttl_ms } = config;
  const producers = new ProducerPool(seams, writer, { lock_ttl_ms, nonce: randomUUID() }, log);
  const long_polls = new LongPolls(seams);
  const state = { draining: false };
  return { config, seams, log, metrics, topics, subscriptions, long_polls, writer, producers, state };
}

function run(runtime: Runtime): RunningServer {
  const { config, seams, producers } = runtime;
  const http = createHttp(runtime);
  const stopUpkeep = startUpkeep(runtime);
  const stop = createDrain(runtime, http.server, stopUpkeep);
  return {
    async listen() {
      await http.listen({ host: config.host, port: config.port });
      producers.open();
      return { port: (http.server.address() as AddressInfo).port };
    },
    drain: () => stop.drain(),
    close: () => stop.close(),
    revokeKey: (api_key_id) => seams.store.revokeKey(api_key_id),
    createAccount: () => createAccount(seams.store),
    async ownerOf(stream) {
      const holder = await seams.locks.holder(stream);
      return holder === null ? null : { instance_id: holder.owner_id, epoch: holder.epoch };
    },
  };
}
