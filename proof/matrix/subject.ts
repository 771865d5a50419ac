/** What the matrix runs checks against: a mutant, a neutral variation, or the clean server. */
import type { Fault } from '../../chaos/index.ts';
import type { Target } from '../../harness/target.ts';
import type { Mutant } from '../mutant.ts';
import { proxied } from '../proxied.ts';
import { startSelf, type SelfOptions } from '../self.ts';

/** A subject that runs. */
export interface Booted extends AsyncDisposable {
  readonly target: Target;
  /** Null: everything must be green. */
  readonly mutant: Mutant | null;
}

export interface Subject {
  readonly name: string;
  readonly kind: 'defect' | 'wire' | 'neutral' | 'clean';
  /** Null: every check meets it, also without --full. */
  readonly killed_by: string | null;
  boot(seed: number): Promise<Booted>;
}

/** The reference with a defect, or without. */
export function directSubject(
  name: string,
  kind: 'defect' | 'clean',
  options: SelfOptions,
  mutant: Mutant | null,
): Subject {
  return {
    name,
    kind,
    killed_by: mutant?.killed_by ?? null,
    boot: async () => {
      const self = await startSelf(options);
      return { target: self.target, mutant, [Symbol.asyncDispose]: () => self[Symbol.asyncDispose]() };
    },
  };
}

/** The healthy reference behind the proxy. */
export function proxiedSubject(
  name: string,
  kind: 'wire' | 'neutral',
  killed_by: string | null,
  options: SelfOptions,
  prepare: (seed: number, target: Target) => { readonly faults: readonly Fault[]; readonly mutant: Mutant | null },
): Subject {
  return {
    name,
    kind,
    killed_by,
    boot: async (seed) => {
      const self = await startSelf(options);
      const { faults, mutant } = prepare(seed, self.target);
      const front = await proxied(self.target, faults);
      return {
        target: front.target,
        mutant,
        async [Symbol.asyncDispose]() {
          await front[Symbol.asyncDispose]();
          await self[Symbol.asyncDispose]();
        },
      };
    },
  };
}
