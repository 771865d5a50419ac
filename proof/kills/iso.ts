import { all, atLeast, defect, is, matches, shows, type DefectKill } from './shows.ts';

export const ISO_KILLS: readonly DefectKill[] = [
  defect('foreign-session-403', 'foreign-not-found', shows('foreign', is(403)), {
    also: ['foreign-every-method', 'access-before-validation', 'key-per-request', 'ticket-opens-one-stream'],
  }),
  defect(
    'existence-by-head',
    'foreign-every-method',
    all(shows('request', matches(/^HEAD/)), shows('foreign', is(200))),
  ),
  defect(
    'existence-by-allow',
    'foreign-every-method',
    all(shows('foreign', is(405)), shows('headers', matches(/allow/i))),
  ),
  defect('validated-before-access', 'access-before-validation', shows('foreign', is(400)), {
    also: ['foreign-not-found', 'foreign-every-method'],
  }),
  defect('conflict-before-access', 'access-before-validation', shows('foreign', is(409)), {
    also: ['foreign-not-found', 'foreign-every-method'],
  }),
  defect('foreign-timing', 'foreign-timing', shows('median_difference_ms', atLeast(20))),
  defect('foreign-subscribe', 'foreign-reader-sees-nothing', shows('leaked', is(true)), {
    also: ['foreign-not-found', 'foreign-every-method', 'foreign-cursor-replays-nothing', 'ticket-opens-one-stream'],
  }),
  defect('cross-account-replay', 'foreign-cursor-replays-nothing', shows('leaked', is(true))),
  defect('list-shows-all', 'list-own-only', shows('foreign', matches(/[0-9a-f]{8}-/))),
  defect('open-stream-behind-auth', 'key-required', all(shows('operation', is('snapshot')), shows('status', is(200))), {
    also: [
      'key-per-request',
      'revocation-reaches-every-instance',
      'revocation-survives-restart',
      'ticket-opens-one-stream',
      'ticket-revoked-with-key',
    ],
  }),
  defect('auth-cached-per-socket', 'key-per-request', all(shows('who', is('a stranger')), shows('status', is(200)))),
  defect('revoked-keeps-streaming', 'revoked-key-ends-idle-stream', shows('where', is('of an idle stream')), {
    also: ['revocation-reaches-every-instance', 'revocation-spares-other-keys', 'ticket-revoked-with-key'],
  }),
  defect('revoked-at-next-event', 'revoked-key-ends-idle-stream', shows('where', is('of an idle stream')), {
    also: ['revocation-reaches-every-instance', 'revocation-spares-other-keys', 'ticket-revoked-with-key'],
  }),
  defect('revocation-in-memory', 'revocation-reaches-every-instance', shows('where', matches(/on instance \d/)), {
    also: [
      'revoked-key-ends-idle-stream',
      'revocation-spares-other-keys',
      'revocation-survives-restart',
      'ticket-revoked-with-key',
    ],
  }),
  defect('revocation-forgotten', 'revocation-survives-restart', shows('status', is(200))),
  defect('revocation-takes-account', 'revocation-spares-other-keys', shows('status', is(401))),
  defect('ticket-opens-any-stream', 'ticket-opens-one-stream', shows('status', is(200))),
  defect('ticket-existence-by-401', 'ticket-opens-one-stream', shows('status', is(401))),
  defect('revocation-misses-tickets', 'ticket-revoked-with-key', shows('ended', is(false))),
  defect('ticket-single-use', 'ticket-reconnects', all(shows('attempt', is(2)), shows('status', is(401))), {
    also: ['ticket-opens-one-stream'],
  }),
  defect('idempotency-global', 'idempotency-scoped', shows('outcome', is('ok')), {
    also: ['append-key-other-body-409'],
  }),
  defect('stranger-locks-owner-out', 'owner-undisturbed', shows('status', is(404)), { also: ['key-per-request'] }),
  defect('preflight-by-path', 'preflight-same-everywhere', shows('headers', matches(/x-stream/)), {
    also: ['foreign-every-method'],
  }),
];
