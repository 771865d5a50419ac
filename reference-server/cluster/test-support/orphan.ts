/** A supervisor for a test to kill: reports its instances' process ids, one of them stopped. */
import { testCluster } from './cluster.ts';

const cluster = await testCluster({ teardown: () => undefined });
await cluster.pause(0);
process.send?.(cluster.instances.map(({ pid }) => pid));
