/** Everything the matrix runs: each defect, each wire mutant, each neutral transform, and the clean server. */
import { KILLS } from '../kills/index.ts';
import { neutralTransforms, plantMutant, wireMutants } from '../mutants/index.ts';
import type { SelfOptions } from '../self.ts';
import { directSubject, proxiedSubject, type Subject } from './subject.ts';

const DEFAULT: SelfOptions = { store: 'sqlite' };

const CLEAN: Readonly<Record<string, SelfOptions>> = {
  'clean, sqlite, round-robin': { store: 'sqlite', routing: 'round-robin' },
  'clean, sqlite, sticky': { store: 'sqlite', routing: 'sticky' },
  'clean, memory, sticky': { store: 'memory', routing: 'sticky' },
  'clean, memory, round-robin': { store: 'memory', routing: 'round-robin' },
};

export const SUBJECTS: readonly Subject[] = [
  ...Object.entries(CLEAN).map(([name, options]) => directSubject(name, 'clean', options, null)),
  ...neutralTransforms.map((transform) =>
    proxiedSubject(transform.name, 'neutral', null, DEFAULT, (seed, { times }) => ({
      faults: transform.faults(seed, times),
      mutant: null,
    })),
  ),
  ...KILLS.map((mutant) =>
    directSubject(mutant.name, 'defect', { ...DEFAULT, ...mutant.on, defect: mutant.name }, mutant),
  ),
  ...wireMutants.map((wire) =>
    proxiedSubject(wire.name, 'wire', wire.killed_by, DEFAULT, (seed, { times }) => plantMutant(wire, seed, times)),
  ),
];
