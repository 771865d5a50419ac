import { defineScenario } from './scenario.ts';

export const restartMidRun = defineScenario({
  name: 'restart-mid-run',
  title: 'publishes and reads while an instance is killed and brought back, and then all are restarted in turn',
  duration_ms: 15_000,
  needs: {
    operations: ['create', 'append', 'subscribe', 'poll'],
    capabilities: ['durable', 'shared-store'],
    hooks: ['kill', 'terminate', 'start'],
    instances: 2,
    safety: ['append', 'load', 'disrupt'],
  },
  workload: {
    accounts: 3,
    streams: 6,
    events_per_second: 10,
    payload_bytes: [32, 512],
    subscribers: {
      live: 2,
      late: 1,
      late_between: [0.3, 0.9],
      reconnecting: 1,
      reconnect_every_ms: 2_000,
      away_ms: 250,
    },
    pollers: { poll: 2, long_poll: 2, interval_ms: 250 },
  },
  faults: ({ instances, events_per_stream }) => ({
    version: 1,
    steps: [
      {
        trigger: { on: 'ack', stream: '#1', count: share(events_per_stream, 0.2) },
        fault: {
          kind: 'kill',
          target: { instance: { pick: Array.from({ length: instances }, (_, index) => index) } },
          down_ms: { between: [300, 700] },
        },
      },
      {
        trigger: {
          on: 'sequence',
          of: [
            { on: 'healed', count: 1 },
            { on: 'ack', stream: '#2', count: share(events_per_stream, 0.45) },
          ],
        },
        fault: { kind: 'rolling-restart', how: 'terminate' },
      },
    ],
  }),
  thresholds: [
    'event_latency{phase:steady}: p(95)<1s',
    'event_latency{phase:fault}: p(95)<1s',
    'event_latency: p(95)<1s',
    // An append that hangs until a fault comes is not counted as unanswered: it may be the fault's doing.
    'append_duration{phase:steady}: p(95)<10s',
    'append_duration{phase:healed}: p(95)<10s',
    'replay_duration: p(95)<2s',
    'reconnect_gap: p(95)<2s',
    'queue_depth_max: value<1000',
    'refused: count==0',
    'unanswered: count==0',
    'lost: count==0',
    'duplicated: count==0',
  ],
});

function share(events: number, part: number): number {
  return Math.max(1, Math.round(events * part));
}
