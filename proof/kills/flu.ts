import { all, atLeast, defect, is, shows, type DefectKill } from './shows.ts';

/** What holds events back is met behind a buffer as well. */
const BUFFERS = ['flush-threshold-buffer', 'flush-block-buffer'];

export const FLU_KILLS: readonly DefectKill[] = [
  defect(
    'ingress-buffer-4k',
    'flush-threshold-buffer',
    all(shows('mode', is('threshold')), shows('payload_bytes', is(50))),
    { also: ['flush-block-buffer'] },
  ),
  defect('padding-counted-in', 'flush-block-buffer', shows('mode', is('block'))),
  defect('padding-as-events', 'padding-comments-only', shows('bytes', atLeast(4_096))),
  defect('padding-in-data', 'padding-comments-only', shows('bytes', atLeast(4_096)), { also: BUFFERS }),
  defect('terminal-unpadded', 'flush-terminal', shows('id', is(1))),
  defect('slow-fan-out', 'event-latency', shows('latency_ms', atLeast(1_000)), {
    also: [...BUFFERS, 'events-one-by-one'],
  }),
  defect('flush-in-pairs', 'events-one-by-one', shows('id', is(2)), { also: [...BUFFERS, 'event-latency'] }),
];
