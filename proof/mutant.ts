/**
 * A mutant is a server, or a wire, with one named defect; the kill matrix shows that exactly the check that names it
 * turns red, and for the right reason. Source: design 4 "Defects, wire mutants, neutral transforms".
 */
import type { CheckResult } from '../harness/result.ts';

export interface Mutant {
  /** kebab-case; a reference defect's name is what `serve --defect` takes. */
  readonly name: string;
  /** `defect`: a broken seam of the reference server. `wire`: the proxy in front of a healthy one. */
  readonly kind: 'defect' | 'wire';
  /** What is broken, in one sentence. */
  readonly description: string;
  /** The one check that must turn red. */
  readonly killed_by: string;
  /**
   * True when the failure shows what was planted: the id, offset or header stands in `evidence`, or in what was
   * observed. A reason code alone is not enough.
   */
  readonly witness: (failure: CheckResult) => boolean;
  /** Checks that this mutant may turn red as well, with good reason; anything else is a surprise and fails the matrix. */
  readonly also?: readonly string[];
  /** Where it can be shown; default: sqlite with three instances, round-robin. */
  readonly on?: { readonly store?: 'memory' | 'sqlite'; readonly routing?: 'sticky' | 'round-robin' };
}
