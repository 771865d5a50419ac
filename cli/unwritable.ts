/** The file system's refusal of a place that an option names, as wrong usage of that option. */
import { UsageError } from '../harness/usage-error.ts';

/** For `.catch`. */
export function unwritable(option: string, accepted = 'a path that can be written'): (error: unknown) => never {
  return (error) => {
    throw unwritableError(option, error instanceof Error ? error.message : String(error), accepted);
  };
}

export function unwritableError(field: string, found: string, accepted = 'a path that can be written'): UsageError {
  return new UsageError([{ field, found, accepted, remedy: 'Choose another one, or mend its permissions.' }]);
}
