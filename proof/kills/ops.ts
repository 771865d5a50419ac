import { atLeast, defect, is, matches, shows, type DefectKill } from './shows.ts';

export const OPS_KILLS: readonly DefectKill[] = [
  defect('unhealthy-at-rest', 'healthz-answers', shows('status', is(503))),
  defect('unready-while-used', 'readyz-answers', shows('status', is(503))),
  defect('ready-while-draining', 'draining-not-ready', shows('status', is(200))),
  defect('drain-closes-store', 'drain-ends-streams-whole', shows('end', is('reset'))),
  defect('no-retry-hint', 'drain-sends-retry', shows('retry', is(false))),
  defect('retry-hint-with-id', 'drain-sends-retry', shows('last_event_id', is('999999'))),
  defect('metrics-missing', 'metrics-six-series', shows('missing', matches(/queue_depth/))),
  defect('metrics-frozen', 'metrics-move', shows('after', is(0))),
  defect('cors-any-origin', 'preflight-refuses-others', shows('value', is('*'))),
  defect('cors-without-last-event-id', 'preflight-allows-headers', shows('header', is('last-event-id'))),
  defect('no-recovery', 'recovers-by-itself', shows('operation', is('append')), {
    also: ['append-repeat-after-death'],
  }),
  defect('blocked-loop', 'large-request-blocks-nobody', shows('took_ms', atLeast(1000))),
];
