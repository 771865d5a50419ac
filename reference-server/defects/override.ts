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
