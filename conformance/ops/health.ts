/** What load balancers ask. */
import { defineCheck, type Check } from '../../harness/check.ts';
import type { Lab, Route } from '../../harness/lab.ts';
import { attachBound } from '../support/followed.ts';

/** Each instance where their addresses are known, else the ingress. */
function everywhere(lab: Lab): Route[] {
  const { instances } = lab.target;
  return instances.length === 0 ? [{}] : instances.map(({ index }) => ({ via: index }));
}

async function expect200(lab: Lab, path: string, when: string, route: Route): Promise<void> {
  const { status, number } = await lab.http({ method: 'GET', path }, { ...route, account: null });
  lab.expect(status === 200, {
    reason: 'not-200',
    expected: `200 to GET ${path} ${when}`,
    observed: String(status),
    evidence: { path, status, via: String(route.via ?? 'ingress') },
    exchanges: [number],
  });
}

const healthz = defineCheck({
  id: 'healthz-answers',
  rows: ['OPS-01'],
  title: 'Asks /healthz of every instance',
  needs: { capabilities: ['health'] },
  isolation: 'shared',
  costs: { streams: 0, connections: 1 },
  run: async (lab: Lab) => {
    for (const route of everywhere(lab)) await expect200(lab, '/healthz', 'while the process lives', route);
  },
});

const readyz = defineCheck({
  id: 'readyz-answers',
  rows: ['OPS-02'],
  title: 'Asks /readyz of every instance while it serves a reader',
  needs: { operations: ['create', 'append', 'subscribe'], capabilities: ['health'] },
  isolation: 'shared',
  costs: { streams: 8, connections: 2 },
  run: async (lab: Lab) => {
    for (const route of everywhere(lab).slice(0, 8)) {
      const stream = await lab.start({}, route);
      await lab.append(stream, lab.events(1), route);
      await using reader = lab.subscribe(stream, route);
      const served = await reader.until(({ events }) => events.length > 0, attachBound(lab));
      lab.given(served, 'setup-subscribe', 'a reader was not served its first event');
      await expect200(lab, '/readyz', 'while it serves a reader and does not drain', route);
    }
  },
});

export const HEALTH: readonly Check[] = [healthz, readyz];
