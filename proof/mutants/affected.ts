/** Checks that several mutants turn red beside the one that names them. */

/** Whoever looks for events by their ids. */
export const WITHOUT_IDS = [
  'sse-whole-events',
  'events-one-by-one',
  'resume-each-cursor',
  'replay-live-seam',
  'replay-same-payload',
  'every-instance-hears',
  'reconnect-storm',
] as const;

/** Whoever waits for the last frame, or for headers, that something on the way holds back. */
export const HELD_FRAMES = [
  'sse-whole-events',
  'flush-threshold-buffer',
  'flush-block-buffer',
  'no-204-while-live',
  'ticket-reconnects',
  'reconnect-storm',
  'recovers-by-itself',
] as const;
