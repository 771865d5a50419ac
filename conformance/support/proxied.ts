/** A proxy of our own before the target, with what a server behind a name or a prefix needs to recognise its requests. */
import { openProxy, type Fault, type Proxy } from '../../chaos/index.ts';
import type { Lab, Route } from '../../harness/lab.ts';

export interface Proxied extends AsyncDisposable {
  readonly proxy: Proxy;
  readonly route: Required<Pick<Route, 'via' | 'host'>>;
}

export async function proxied(lab: Lab, target: URL, faults: readonly Fault[] = []): Promise<Proxied> {
  lab.given(
    target.protocol === 'http:',
    'no-plain-http',
    `a fault on the wire needs plain HTTP, and ${target.origin} is not`,
  );
  const proxy = await openProxy({ target, faults });
  return {
    proxy,
    route: { via: new URL(target.pathname, proxy.url), host: target.host },
    [Symbol.asyncDispose]: () => proxy[Symbol.asyncDispose](),
  };
}
