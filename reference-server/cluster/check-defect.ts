/** Refuses a defect that does not exist before anything is started with it. */
import { closest } from 'fastest-levenshtein';
import { ConfigError } from '../config.ts';
import { DEFECTS } from '../defects/index.ts';

/** @throws ConfigError naming the nearest defect and all of them. */
export function checkDefect(name: string): void {
  if (Object.hasOwn(DEFECTS, name)) return;
  const names = Object.keys(DEFECTS).sort();
  throw new ConfigError([
    `DEFECT (--defect): found ${JSON.stringify(name)}, accepted is one of ${names.join(', ')}. ` +
      `Did you mean ${closest(name, names)}? Leave it out for the healthy server.`,
  ]);
}
