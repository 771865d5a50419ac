import { all, defect, is, matches, shows, type DefectKill } from './shows.ts';

export const TRN_KILLS: readonly DefectKill[] = [
  defect('heartbeat-with-id', 'heartbeat-no-id', shows('id', is('2'))),
  defect('shared-id-batch', 'sse-event-ids', shows('seen', allShareOne)),
  defect('event-name-forgery', 'payload-no-forgery', all(shows('id', is(777_777)), shows('attack', matches(/type/)))),
  defect('payload-newline', 'payload-no-forgery', shows('attack', matches(/line feeds in a payload/))),
  defect('lossy-numbers', 'payload-exact-text', shows('text', matches(/2\^53/))),
  defect('split-characters', 'payload-exact-text', shows('text', matches(/several bytes/))),
  defect('line-separator-splits', 'payload-exact-text', shows('text', matches(/line separators/))),
  defect('heartbeat-inside-frame', 'sse-whole-events', shows('torn_id', is('3')), {
    also: ['events-one-by-one', 'resume-each-cursor', 'replay-live-seam', 'every-instance-hears', 'reconnect-storm'],
  }),
  defect('no-heartbeat', 'heartbeat-on-idle', shows('beat', is(1))),
  defect('blank-heartbeat', 'heartbeat-on-idle', shows('beat', is(1))),
  defect('rare-heartbeat', 'heartbeat-on-idle', shows('beat', is(1, 2))),
  defect('reset-at-end', 'stream-clean-end', shows('end', is('reset')), {
    also: ['replay-complete-long', 'replay-in-time', 'drain-ends-streams-whole'],
  }),
  defect('event-name-lines', 'events-are-messages', shows('type', is('job_status'))),
];

/** Every event of the batch under one id. */
function allShareOne(seen: unknown): boolean {
  return Array.isArray(seen) && seen.length > 1 && new Set(seen).size === 1;
}
