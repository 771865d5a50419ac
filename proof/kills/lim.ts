import { defect, is, matches, shows, type DefectKill } from './shows.ts';

export const LIM_KILLS: readonly DefectKill[] = [
  defect('unknown-is-empty', 'unknown-stream-404', shows('status', is(200)), { also: ['foreign-not-found'] }),
  defect('bad-batch-stored-in-part', 'malformed-append-refused-whole', shows('case', matches(/^a list/))),
  defect('append-after-terminal', 'append-after-terminal-409', shows('status', is(201))),
  defect('large-body-500', 'large-body-413', shows('status', is(500))),
  defect('large-head-400', 'large-head-431', shows('status', is(400))),
  defect('slow-request-400', 'slow-request-408', shows('status', is(400))),
  defect('plain-text-errors', 'error-envelope', shows('case', is('an unknown stream'))),
  defect('wrong-method-404', 'wrong-method-405', shows('status', is(404))),
  defect('synthetic-takes-appends', 'synthetic-refuses-appends', shows('status', is(201))),
];
