/** What the matrix runs checks against: a mutant, a neutral variation, or the clean server. */
import type { Fault } from '../../chaos/index.ts';
import type { Target } from '../../harness/target.ts';
import type { Mutant } from '../mutant.ts';
import { proxied, type Proxied } from '../proxied.ts';
import { startSelf, type SelfOptions } from '../self.ts';

/** A subject that runs. */
export interface Booted extends AsyncDisposable {
  readonly target: Target;
  /** Null: everything must be green. */
  readonly mutant: Mutant | null;
  /** Asked after the run: why it proves nothing, whatever its checks say. */
  flaw(): string | null;
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
      return {
        target: self.target,
        mutant,
        flaw: () => null,
        [Symbol.asyncDispose]: () => self[Symbol.asyncDispose](),
      };
    },
  };
}

/** A fault that crashed breaks connections as no mutant means to; one that never took effect changed nothing. */
export function flawOf({ failures, bit }: Pick<Proxied, 'failures' | 'bit'>): string | null {
  const [first] = failures();
  if (first !== undefined) return `its fault failed: ${first instanceof Error ? first.message : 'no error says why'}`;
  return bit() ? null : 'its fault never took effect';
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
        flaw: () => flawOf(front),
        async [Symbol.asyncDispose]() {
          await front[Symbol.asyncDispose]();
          await self[Symbol.asyncDispose]();
        },
      };
    },
  };
}
