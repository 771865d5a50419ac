import { all, atLeast, defect, is, matches, shows, type DefectKill } from './shows.ts';

/** Late readers of long histories meet these as well. */
const LATE_READERS = [
  'replay-exactly-once',
  'resume-at-batch-boundaries',
  'cursor-is-a-number',
  'replay-complete-long',
];

/** Whoever resumes meets these as well. */
const RESUMES = [
  'resume-at-batch-boundaries',
  'cursor-is-a-number',
  'poll-same-history',
  'modes-share-a-cursor',
  'long-poll-waits',
  'last-event-id-wins',
  'replay-live-seam',
  'poll-next-cursor',
];

/** What stands behind a terminal event is met by all who read to the end. */
const BEYOND_THE_END = [
  'replay-exactly-once',
  'resume-each-cursor',
  'resume-at-batch-boundaries',
  'cursor-is-a-number',
  'replay-blocks-nobody',
  'replay-same-payload',
  'poll-same-history',
  'modes-share-a-cursor',
  'replay-complete-long',
  'replay-live-seam',
];

export const RPL_KILLS: readonly DefectKill[] = [
  defect('replay-deadlock', 'replay-blocks-nobody', shows('blocked', is('replay')), {
    also: [...LATE_READERS, 'replay-in-time'],
  }),
  defect('replay-blocks-others', 'replay-blocks-nobody', shows('blocked', matches(/other stream|replay/)), {
    also: [...LATE_READERS, 'replay-in-time', 'long-poll-waits'],
  }),
  defect('replay-truncated', 'replay-complete-long', shows('id', is(501))),
  defect('replay-from-hot-tail', 'replay-exactly-once', all(shows('kind', is('missing')), shows('id', is(1))), {
    also: [...LATE_READERS, 'replay-in-time', 'replay-blocks-nobody'],
  }),
  defect('replay-live-gap', 'replay-live-seam', shows('kind', is('missing')), {
    also: ['every-instance-hears', 'takeover-after-death'],
  }),
  defect('replay-live-double', 'replay-live-seam', shows('kind', is('doubled')), {
    also: [
      'replay-exactly-once',
      'resume-at-batch-boundaries',
      'replay-complete-long',
      'replay-blocks-nobody',
      'every-instance-hears',
      'two-subscribers',
      'takeover-after-death',
      'reader-survives-kill',
      'cut-frame-comes-whole',
      'reconnect-storm',
    ],
  }),
  defect('double-by-sweep', 'live-exactly-once', shows('id', atLeast(1)), {
    also: ['live-order', 'two-subscribers', 'every-instance-hears', 'takeover-after-death', 'epoch-rises-with-owner'],
  }),
  defect('resume-inclusive', 'resume-each-cursor', shows('kind', is('unexpected', 'doubled')), {
    also: RESUMES,
  }),
  defect('resume-skips-at-batch-boundary', 'resume-at-batch-boundaries', shows('id', is(101)), {
    also: ['cursor-is-a-number', 'batch-all-or-nothing', 'reconnect-storm'],
  }),
  defect('last-event-id-ignored', 'resume-each-cursor', shows('id', is(1)), {
    also: RESUMES,
  }),
  defect('lexicographic-cursors', 'cursor-is-a-number', shows('cursor', is(8, 9, 98, 99)), {
    also: ['resume-each-cursor', 'resume-at-batch-boundaries', 'modes-share-a-cursor', 'replay-live-seam'],
  }),
  defect('lenient-cursors', 'cursor-malformed-400', shows('cursor', is('10abc'))),
  defect('bad-cursor-starts-over', 'cursor-never-starts-over', shows('id', is(1)), { also: ['cursor-ahead-refused'] }),
  defect('poll-ahead-is-empty', 'cursor-ahead-refused', all(shows('mode', is('poll')), shows('status', is(200)))),
  defect('poll-cursor-starts-over', 'cursor-never-starts-over', all(shows('mode', is('poll')), shows('id', is(1))), {
    also: ['cursor-malformed-400'],
  }),
  defect('ahead-waits-silently', 'cursor-ahead-refused', shows('status', is(200)), {
    also: ['reconnect-after-end-ends'],
  }),
  defect('evicted-cursor-silent', 'cursor-evicted-told', shows('id', is(41)), { on: { store: 'memory' } }),
  defect('evicted-names-its-status', 'cursor-evicted-told', shows('status', is(410)), { on: { store: 'memory' } }),
  defect('heartbeat-forever', 'reconnect-after-end-ends', shows('status', is(200)), { also: ['terminal-cursor-204'] }),
  defect(
    'terminal-cursor-starts-over',
    'resume-each-cursor',
    all(shows('kind', is('unexpected')), shows('id', is(1))),
    {
      also: ['terminal-cursor-204', 'poll-same-history', 'append-after-terminal-409'],
    },
  ),
  defect('ahead-of-the-end-204', 'cursor-ahead-refused', all(shows('finished', is(true)), shows('status', is(204)))),
  defect('no-content-at-tail', 'no-204-while-live', shows('status', is(204)), { also: ['replay-live-seam'] }),
  defect('terminal-lost', 'terminal-replayed-late', shows('id', is(3)), {
    also: [
      'replay-exactly-once',
      'resume-each-cursor',
      'resume-at-batch-boundaries',
      'cursor-is-a-number',
      'replay-in-time',
      'replay-blocks-nobody',
      'replay-complete-long',
      'replay-live-seam',
      'poll-same-history',
      'stream-ends-after-terminal',
    ],
  }),
  defect('event-after-terminal', 'nothing-after-terminal', shows('id', atLeast(3)), {
    also: BEYOND_THE_END,
  }),
  defect('terminal-twice', 'one-terminal', shows('id', atLeast(3)), {
    also: BEYOND_THE_END,
  }),
  defect('stream-stays-open', 'stream-ends-after-terminal', shows('end', is(null)), { also: ['flush-terminal'] }),
  defect('finished-200-empty', 'terminal-cursor-204', shows('status', is(200)), {
    also: ['last-event-id-wins', 'stream-ends-after-terminal', 'reconnect-after-end-ends'],
  }),
  defect('stolen-events', 'two-subscribers', shows('id', atLeast(1)), {
    also: [
      'replay-live-seam',
      'flush-threshold-buffer',
      'flush-block-buffer',
      'reader-survives-kill',
      'reconnect-storm',
    ],
  }),
  defect('second-evicts-first', 'two-subscribers', shows('end', is('reset', 'complete')), {
    also: ['replay-live-seam', 'open-streams-bounded', 'reconnect-storm'],
  }),
  defect('query-cursor-wins', 'last-event-id-wins', shows('id', is(2))),
  defect('unstable-ts', 'replay-same-payload', shows('difference', matches(/^ts/))),
  defect('stale-wake-up', 'every-instance-hears', shows('seen_last', is(1)), {
    also: [
      'live-order',
      'live-exactly-once',
      'live-complete',
      'two-subscribers',
      'long-poll-waits',
      'stream-ends-after-terminal',
      'no-204-while-live',
      'replay-live-seam',
      'replay-blocks-nobody',
    ],
  }),
  defect('lost-last-wake-up', 'every-instance-hears', shows('seen_last', atLeast(1)), {
    also: [
      'live-complete',
      'two-subscribers',
      'replay-blocks-nobody',
      'replay-live-seam',
      'long-poll-waits',
      'no-204-while-live',
      'stream-ends-after-terminal',
    ],
  }),
  defect('slow-replay', 'replay-in-time', shows('seen_count', atLeast(1)), { also: ['replay-complete-long'] }),
  defect('next-cursor-at-tail', 'poll-next-cursor', shows('next_cursor', is('30')), { also: ['poll-same-history'] }),
  defect('poll-skips-at-page-end', 'poll-same-history', shows('kind', is('missing')), {
    also: ['poll-next-cursor'],
  }),
  defect('poll-drops-type', 'poll-same-history', all(shows('kind', is('missing')), shows('id', is(7))), {
    also: [
      'replay-same-payload',
      'poll-limits-checked',
      'every-instance-shows-the-same',
      'acked-survives-kill',
      'restart-keeps-streams',
      'batch-all-or-nothing',
      'acks-name-their-events',
      'reconnect-storm',
    ],
  }),
  defect('torn-snapshot', 'snapshot-consistent', shows('newest', atLeast(1))),
  defect('snapshot-from-hot-tail', 'snapshot-consistent', shows('count', is(100))),
  defect('snapshot-rewrites-payload', 'replay-same-payload', shows('mode', is('a snapshot'))),
  defect('recent-chunks-unbounded', 'snapshot-recents', shows('recent_chunks', is(60))),
  defect('recent-chunks-without-payload', 'snapshot-recents', shows('not_whole', is(50))),
  defect('instance-local-history', 'every-instance-shows-the-same', shows('id', is(1)), {
    also: [
      'poll-same-history',
      'modes-share-a-cursor',
      'long-poll-waits',
      'poll-limits-checked',
      'snapshot-consistent',
      'snapshot-recents',
    ],
  }),
  defect('instance-local-list', 'every-instance-shows-the-same', shows('mode', is('a list')), {
    also: ['list-own-only'],
  }),
  defect('stale-second-instance', 'every-instance-shows-the-same', shows('round', is(2)), {
    also: ['poll-same-history', 'poll-limits-checked', 'long-poll-waits', 'batch-all-or-nothing'],
  }),
  defect('instance-local-cursors', 'modes-share-a-cursor', shows('mode', is('sse')), {
    also: [
      'resume-each-cursor',
      'resume-at-batch-boundaries',
      'cursor-is-a-number',
      'poll-same-history',
      'poll-next-cursor',
      'last-event-id-wins',
      'replay-live-seam',
      'long-poll-waits',
      'restart-keeps-streams',
      'batch-all-or-nothing',
    ],
  }),
  defect('long-poll-dozes', 'long-poll-waits', all(shows('id', atLeast(2)), shows('took_ms', atLeast(1_200))), {
    also: [
      'replay-blocks-nobody',
      'every-instance-hears',
      'event-latency',
      'events-one-by-one',
      'event-dispatched-at-once',
      'sse-whole-events',
    ],
  }),
  defect('snapshot-status-late', 'snapshot-consistent', all(shows('newest', is(2)), shows('terminal', is(3)))),
  defect('long-poll-forgets', 'long-poll-waits', shows('id', is(2)), {
    also: ['batch-all-or-nothing', 'append-key-other-body-409'],
  }),
  defect('limits-unchecked', 'poll-limits-checked', shows('status', is(200))),
];
