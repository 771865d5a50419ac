import type { Lab, Route } from '../../harness/lab.ts';

/** One instance where its address is known, so that consecutive requests meet the same process; else the ingress. */
export function oneInstance(lab: Lab): Route {
  return lab.target.instances.length > 0 ? { via: 0 } : {};
}
