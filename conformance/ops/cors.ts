/** Pages of another origin (Fetch standard, CORS preflight). */
import { defineCheck, type Check } from '../../harness/check.ts';
import { header, type Exchange } from '../../harness/client/exchange.ts';
import type { Lab } from '../../harness/lab.ts';
import { unknownStream } from '../support/unknown-stream.ts';

const NEEDED = ['authorization', 'last-event-id', 'x-client-id'];
const STRANGER = 'https://not-configured.invalid';

function preflight(lab: Lab, origin: string): Promise<Exchange> {
  const { path } = lab.target.dialect.subscribe(unknownStream(lab));
  const headers = [
    ['Origin', origin],
    ['Access-Control-Request-Method', 'GET'],
    ['Access-Control-Request-Headers', NEEDED.join(',')],
  ] as const;
  return lab.http({ method: 'OPTIONS', path, headers }, { account: null });
}

/** As a browser decides; `*` counts as any origin. */
function allows({ status, headers }: Exchange, origin: string): boolean {
  const allowed = header(headers, 'access-control-allow-origin');
  return status >= 200 && status <= 299 && (allowed === origin || allowed === '*');
}

const allowsConfigured = defineCheck({
  id: 'preflight-allows-headers',
  rows: ['OPS-07'],
  title: 'Sends a preflight for each configured origin',
  needs: { operations: ['subscribe'], capabilities: ['cors'] },
  isolation: 'shared',
  costs: { streams: 0, connections: 1 },
  run: async (lab: Lab) => {
    for (const origin of configured(lab)) {
      const exchange = await preflight(lab, origin);
      const list = header(exchange.headers, 'access-control-allow-headers') ?? '';
      const listed = new Set(list.split(',').map((name) => name.trim().toLowerCase()));
      // `*` never covers Authorization (Fetch standard, 4.8).
      const missing = NEEDED.filter((name) => !listed.has(name) && !(name !== 'authorization' && listed.has('*')));
      lab.expect(allows(exchange, origin) && missing.length === 0, {
        reason: 'preflight-refused',
        expected: `${NEEDED.join(', ')} allowed to ${origin}`,
        observed: `${exchange.status}, without ${missing.join(', ') || 'the origin'}`,
        evidence: { origin, status: exchange.status, header: missing[0] ?? 'access-control-allow-origin' },
        exchanges: [exchange.number],
      });
    }
  },
});

const refusesStranger = defineCheck({
  id: 'preflight-refuses-others',
  rows: ['OPS-07'],
  title: 'Sends a preflight for an origin that nobody configured',
  needs: { operations: ['subscribe'], capabilities: ['cors'] },
  isolation: 'shared',
  costs: { streams: 0, connections: 1 },
  run: async (lab: Lab) => {
    const [origin] = configured(lab);
    const own = await preflight(lab, origin ?? '');
    lab.given(allows(own, origin ?? ''), 'setup-preflight', `the configured origin was answered ${own.status}`);
    const exchange = await preflight(lab, STRANGER);
    const allowed = header(exchange.headers, 'access-control-allow-origin');
    lab.expect(allowed !== '*' && allowed !== STRANGER, {
      reason: 'any-origin-allowed',
      expected: `nothing allowed to ${STRANGER}`,
      observed: `Access-Control-Allow-Origin: ${allowed ?? ''}`,
      evidence: { origin: STRANGER, header: 'access-control-allow-origin', value: allowed },
      exchanges: [exchange.number],
    });
  },
});

function configured(lab: Lab): readonly string[] {
  const { cors_origins } = lab.target;
  lab.given(cors_origins.length > 0, 'no-origin', 'the config names no cors_origins');
  return cors_origins;
}

export const CORS: readonly Check[] = [allowsConfigured, refusesStranger];
