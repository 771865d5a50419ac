import { UsageError, type Problem } from '../usage-error.ts';

/** The config cannot be used: exit 2, no stack trace. */
export class ConfigError extends UsageError {
  override readonly name = 'ConfigError';

  constructor(source: string, problems: readonly Problem[]) {
    super(problems, `${source} cannot be used:`);
  }
}
