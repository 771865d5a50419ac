/** A target seen through the proxy: the same config, every address replaced by a proxy in front of it. */
import { openProxy, type Fault } from '../chaos/index.ts';
import type { Target } from '../harness/target.ts';

export interface Proxied extends AsyncDisposable {
  readonly target: Target;
  /** Errors of the proxies or faults themselves; a sound run has none. */
  failures(): readonly unknown[];
  /** Whether any fault took effect anywhere. */
  bit(): boolean;
}

/** Hooks and metrics stay direct: a mutant breaks what clients see, not what operators do. */
export async function proxied(target: Target, faults: readonly Fault[]): Promise<Proxied> {
  const proxies = await Promise.all(
    [target.url, ...target.instances.map((instance) => instance.url)].map((url) => openProxy({ target: url, faults })),
  );
  const [ingress, ...instances] = proxies;
  return {
    target: {
      ...target,
      url: ingress?.url ?? target.url,
      instances: target.instances.map((instance, index) => ({
        ...instance,
        url: instances[index]?.url ?? instance.url,
      })),
    },
    failures: () => proxies.flatMap((proxy) => proxy.failures),
    bit: () => proxies.some((proxy) => proxy.log.bites().length > 0),
    async [Symbol.asyncDispose]() {
      await Promise.all(proxies.map((proxy) => proxy.close()));
    },
  };
}
