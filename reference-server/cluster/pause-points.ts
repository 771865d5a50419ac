/**
 * Places where a process can be stopped or killed exactly. They are wrapped around the seams only when the
 * process was started by a supervisor; the healthy code knows nothing of them.
 */
export const PAUSE_POINTS = {
  'append:before': 'the append has reached the store, nothing is committed',
  'append:committed': 'the events are committed, nobody was told yet',
  'ack:before': 'the HTTP answer to an append is ready, not yet written',
  'fanout:before': 'committed and acknowledged, no subscriber was woken',
  'frame:byte': 'the first `byte` bytes of a frame were written to one subscriber',
} as const;
export type PausePoint = keyof typeof PAUSE_POINTS;

/** One arming, fired once by the first pass through the point that matches. */
export interface Arming {
  readonly point: PausePoint;
  /** Only for this stream; any when absent. */
  readonly stream?: string;
  /** For `frame:byte`: how many bytes of the frame leave before the action; a shorter frame leaves whole. */
  readonly byte?: number;
  readonly action: 'kill' | 'pause';
}
