/** Why the reference cluster does not start, as wrong usage: its own message names what was found and how to mend it. */
import { UsageError } from '../harness/usage-error.ts';
import { ConfigError } from '../reference-server/config.ts';
import { ClusterError } from '../reference-server/cluster/child.ts';

/** Any other error is given back as it is. */
export function bootProblem(error: unknown): unknown {
  return error instanceof ConfigError || error instanceof ClusterError ? new UsageError([], error.message) : error;
}
