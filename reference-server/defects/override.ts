import type { Seams } from '../seams.ts';
import type { Store } from '../stores/store.ts';

/**
 * The same object with some methods replaced. A proxy rather than a copy, because a seam may be a class whose methods
 * need their own `this`.
 */
export function override<T extends object>(healthy: T, changes: Partial<T>): T {
  return new Proxy(healthy, {
    get(target, name) {
      if (Object.hasOwn(changes, name)) return Reflect.get(changes, name);
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

/** The same server with some methods of its store replaced. */
export function withStore(seams: Seams, change: (healthy: Store) => Partial<Store>): Seams {
  return { ...seams, store: override(seams.store, change(seams.store)) };
}
