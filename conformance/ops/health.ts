/** What load balancers and operators ask. */
import { defineCheck, type Check } from '../../harness/check.ts';
import type { Lab, Route } from '../../harness/lab.ts';

/** Each instance where their addresses are known, else the ingress. */
function everywhere(lab: Lab): Route[] {
  const { instances } = lab.target;
  return instances.length === 0 ? [{}] : instances.map(({ index }) => ({ via: index }));
}

const PROBES = [
  { id: 'healthz-answers', row: 'OPS-01', path: '/healthz', title: 'Asks /healthz of every instance' },
  { id: 'readyz-answers', row: 'OPS-02', path: '/readyz', title: 'Asks /readyz of every instance' },
] as const;

export const HEALTH: readonly Check[] = PROBES.map(({ id, row, path, title }) =>
  defineCheck({
    id,
    rows: [row],
    title,
    needs: { capabilities: ['health'] },
    isolation: 'shared',
    costs: { streams: 0, connections: 1 },
    run: async (lab: Lab) => {
      for (const route of everywhere(lab)) {
        const { status, number } = await lab.http({ method: 'GET', path }, { ...route, account: null });
        lab.expect(status === 200, {
          reason: 'not-200',
          expected: `200 to GET ${path} while nothing is wrong`,
          observed: String(status),
          evidence: { path, status, via: String(route.via ?? 'ingress') },
          exchanges: [number],
        });
      }
    },
  }),
);
