import { all, atLeast, defect, is, matches, shows, type DefectKill } from './shows.ts';

/** Checks in which two producers of one stream show as well. */
const PRODUCED = ['takeover-after-death', 'epoch-rises-with-owner', 'zombie-writes-nothing'];

export const DUR_KILLS: readonly DefectKill[] = [
  defect('ack-before-commit', 'acked-survives-kill', shows('id', atLeast(1)), {
    also: [
      'seen-is-stored',
      'restart-keeps-streams',
      'ids-go-on-after-restart',
      'append-repeat-once',
      'append-repeat-after-death',
      'append-repeat-concurrent',
      'append-key-other-body-409',
      'acks-name-their-events',
    ],
  }),
  defect('dirty-fan-out', 'seen-is-stored', shows('id', is(2)), { also: ['takeover-after-death'] }),
  defect('write-only-store', 'restart-keeps-streams', shows('status', is(404)), {
    also: ['recovers-by-itself'],
  }),
  defect('restart-answers-empty', 'restart-forgets-cleanly', shows('status', is(200)), {
    on: { store: 'memory' },
    also: ['removed-after-restart'],
  }),
  defect('boot-scoped-ids', 'ids-go-on-after-restart', shows('id', is(1)), { also: ['append-repeat-after-death'] }),
  defect('append-one-by-one', 'batch-all-or-nothing', shows('stored', atLeast(1))),
  defect('idempotency-ignored', 'append-repeat-once', shows('copies', is(2)), {
    also: ['append-repeat-after-death', 'append-repeat-concurrent', 'append-key-other-body-409'],
  }),
  defect('idempotency-in-memory', 'append-repeat-after-death', shows('copies', atLeast(2))),
  defect('idempotency-check-then-act', 'append-repeat-concurrent', shows('copies', atLeast(2))),
  defect('idempotency-any-body', 'append-key-other-body-409', shows('status', is(200, 201))),
  defect('acks-swapped', 'acks-name-their-events', shows('id', atLeast(1))),
  defect('start-not-idempotent', 'start-repeat-once', shows('second_stream', matches(/./))),
  defect('start-check-then-act', 'start-repeat-once', shows('second_stream', matches(/./))),
  defect('start-in-use-500', 'start-repeat-once', shows('status', is(500)), { also: ['draining-not-ready'] }),
  defect('zombie-status', 'takeover-after-death', shows('id', atLeast(3))),
  defect('takeover-from-scratch', 'takeover-after-death', shows('surplus', atLeast(1))),
  defect('zombie-owner', 'zombie-writes-nothing', all(shows('id', atLeast(3)), shows('epoch', is(1))), {
    also: ['living-owner-keeps-stream', 'takeover-after-death'],
  }),
  defect('epoch-not-raised', 'epoch-rises-with-owner', all(shows('id', atLeast(3)), shows('epoch', is(1)))),
  defect('double-processing', 'living-owner-keeps-stream', shows('producers', atLeast(2)), { also: PRODUCED }),
  defect('session-dies-with-instance', 'reader-survives-kill', shows('status', is(404))),
  defect('half-frame-counts', 'cut-frame-comes-whole', shows('cursor', is('2')), {
    also: ['heartbeat-no-id', 'sse-whole-events', 'padding-comments-only'],
  }),
  defect('remove-is-local', 'removed-everywhere', shows('via', is('1')), {
    also: ['removed-after-restart', 'removal-ends-readers'],
  }),
  defect('removed-still-polled', 'removed-everywhere', all(shows('operation', is('poll')), shows('status', is(200))), {
    also: ['removed-after-restart'],
  }),
  defect('remove-keeps-readers', 'removal-ends-readers', shows('end', is(null))),
  defect(
    'removal-forgotten-at-boot',
    'removed-after-restart',
    all(shows('where', is('after a restart')), shows('status', is(200))),
  ),
];
