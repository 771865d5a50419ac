/** What the server measures, under the names of the contracts (S4 §5 Phase 3), in the Prometheus text format. */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';

/** S4: the budgets are 1 s for an event, 2 s for a replay; the buckets stand close around them. */
const LATENCY_BUCKETS_S = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10];
const FRAME_BUCKETS_BYTES = [256, 1024, 4096, 8192, 16_384, 65_536, 262_144, 1_048_576];

/** Read when the metrics are asked for. */
export interface Gauges {
  /** The furthest any reader is behind that has been at the tail. */
  queue_depth(): number;
  /** The furthest any reader is behind that still replays. */
  replay_remaining(): number;
  open_streams(): number;
  /** Bytes handed to readers' sockets that the kernel has not taken. */
  queued_bytes(): number;
}

export interface Metrics {
  readonly event_latency_s: Histogram;
  readonly frame_bytes: Histogram;
  readonly replay_duration_s: Histogram;
  readonly persistence_latency_s: Histogram;
  readonly persistence_failures: Counter;
  readonly stalled_readers: Counter;
  readonly queue_warnings: Counter;
  exposition(): Promise<string>;
}

export function createMetrics(gauges: Gauges): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const gauge = (name: string, help: string, read: () => number): void => {
    const made: Gauge = new Gauge({
      name,
      help,
      registers,
      collect: () => {
        made.set(read());
      },
    });
  };
  gauge('queue_depth', 'Events that the slowest live reader has not been sent', () => gauges.queue_depth());
  gauge('replay_remaining', 'Events that the furthest replaying reader has not been sent', () =>
    gauges.replay_remaining(),
  );
  gauge('open_streams', 'SSE responses open', () => gauges.open_streams());
  gauge('reader_queued_bytes', 'Bytes that wait in this process for readers to take them', () => gauges.queued_bytes());

  return {
    event_latency_s: new Histogram({
      name: 'event_latency_seconds',
      help: 'From an append to the write of its event to attached readers',
      buckets: LATENCY_BUCKETS_S,
      registers,
    }),
    frame_bytes: new Histogram({
      name: 'frame_bytes',
      help: 'Size of an encoded frame, padding included',
      buckets: FRAME_BUCKETS_BYTES,
      registers,
    }),
    replay_duration_s: new Histogram({
      name: 'replay_duration_seconds',
      help: 'From a subscription to its reader being at the tail',
      buckets: LATENCY_BUCKETS_S,
      registers,
    }),
    persistence_latency_s: new Histogram({
      name: 'persistence_latency_seconds',
      help: 'From handing events to the store to their commit',
      buckets: LATENCY_BUCKETS_S,
      registers,
    }),
    persistence_failures: new Counter({
      name: 'persistence_failures_total',
      help: 'Appends that the store refused; they were neither acknowledged nor fanned out',
      registers,
    }),
    stalled_readers: new Counter({
      name: 'stalled_readers_total',
      help: 'Readers that were cut because they took nothing within the stall limit',
      registers,
    }),
    queue_warnings: new Counter({
      name: 'queue_depth_warnings_total',
      help: 'Live readers that fell 500 events behind (S4 §5 Phase 1)',
      registers,
    }),
    exposition: () => registry.metrics(),
  };
}
