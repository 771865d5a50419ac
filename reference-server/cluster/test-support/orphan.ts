/** A supervisor for a test to kill: reports its instances' process ids, one of them stopped, and its folder. */
import { testCluster } from './cluster.ts';

const cluster = await testCluster({ teardown: () => undefined });
await cluster.pause(0);
process.send?.({ pids: cluster.instances.map(({ pid }) => pid), dir: cluster.options.dir });
