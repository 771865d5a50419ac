import { all, atLeast, defect, is, matches, shows, type DefectKill } from './shows.ts';

export const LIM_KILLS: readonly DefectKill[] = [
  defect('unknown-is-empty', 'unknown-stream-404', shows('status', is(200)), {
    also: ['foreign-not-found', 'key-per-request', 'removed-everywhere', 'removed-after-restart'],
  }),
  defect('bad-batch-stored-in-part', 'malformed-append-refused-whole', shows('case', matches(/^a list/)), {
    also: ['payload-exact-text'],
  }),
  defect('append-after-terminal', 'append-after-terminal-409', shows('status', is(201)), {
    also: ['nothing-after-terminal', 'one-terminal'],
  }),
  defect('large-body-500', 'large-body-413', shows('status', is(500))),
  defect('large-head-400', 'large-head-431', shows('status', is(400))),
  defect('slow-request-400', 'slow-request-408', shows('status', is(400))),
  defect('slot-leaked', 'open-streams-bounded', all(shows('status', is(429)), shows('open', is(63)))),
  defect('slots-shared-by-accounts', 'open-streams-per-account', shows('open', is(0)), {
    also: ['open-streams-bounded', 'refused-stream-says-when'],
  }),
  defect('slots-survive-their-process', 'slots-come-back-after-a-kill', shows('held_before', is(64))),
  defect('no-retry-after', 'refused-stream-says-when', shows('retry_after', is(null)), {
    also: ['open-streams-bounded'],
  }),
  defect('storm-skips-replay', 'reconnect-storm', shows('id', atLeast(2))),
  defect('stall-never-noticed', 'stalled-reader-ended', shows('takes', is('nothing')), {
    also: ['trickle-reader-ended'],
  }),
  defect('heartbeat-defeats-stall', 'stalled-reader-ended', shows('takes', is('nothing')), {
    also: ['trickle-reader-ended'],
  }),
  defect('trickle-reader', 'trickle-reader-ended', shows('takes', is('one byte a second')), {
    also: ['stalled-reader-ended'],
  }),
  defect('stall-cuts-idle', 'idle-reader-kept', shows('end', is('reset', 'complete')), {
    also: ['stalled-reader-delays-nobody', 'takeover-after-death'],
  }),
  defect('stalled-reader-delays-acks', 'stalled-reader-delays-nobody', shows('delayed', is('append'))),
  defect('stalled-reader-blocks-all', 'stalled-reader-delays-nobody', shows('delayed', is('another stream'))),
  defect('stalled-memory', 'stalled-reader-memory-bounded', shows('queued_bytes', atLeast(1_048_577)), {
    also: ['stalled-reader-ended', 'trickle-reader-ended'],
  }),
  defect('plain-text-errors', 'error-envelope', shows('case', is('an unknown stream'))),
  defect('wrong-method-404', 'wrong-method-405', shows('status', is(404))),
  defect('synthetic-takes-appends', 'synthetic-refuses-appends', shows('status', is(201))),
];
