import { ConfigError } from './config-error.ts';
import { expandEnv, type FilledIn } from './expand-env.ts';
import { readDocument } from './read-document.ts';
import { redactDocument } from './redact-document.ts';
import { configJsonSchema, configSchema, type Config } from './schema.ts';
import { schemaProblems, type SchemaNode } from './schema-problems.ts';
import type { JsonValue } from '../../spec/wire.ts';

export interface LoadedConfig {
  readonly config: Config;
  /** The document before `${NAME}` was filled in, keys and header values masked: what a manifest may show. */
  readonly shown: JsonValue;
  /** What variables filled into hooks and start commands, and what started processes are given: nothing may show it. */
  readonly filled_in: readonly FilledIn[];
}

/**
 * Reads and validates a config file.
 * @throws ConfigError with every problem found, each naming field, found, accepted and remedy.
 */
export async function loadConfig(path: string, environment = process.env): Promise<LoadedConfig> {
  return parseConfig(await readDocument(path), path, environment);
}

/** The same for a document that is already in memory; `source` is how errors call it. */
export function parseConfig(document: unknown, source: string, environment = process.env): LoadedConfig {
  const expanded = expandEnv(document, environment);
  if (expanded.problems.length > 0) throw new ConfigError(source, expanded.problems);
  const parsed = configSchema.safeParse(expanded.value);
  if (!parsed.success) {
    // Problems quote what they found: from a redacted copy, so that no secret is printed.
    throw new ConfigError(
      source,
      schemaProblems(parsed.error.issues, {
        document: redactDocument(expanded.value),
        schema: configJsonSchema() as SchemaNode,
        name: 'the file',
      }),
    );
  }
  const filled_in = [...expanded.secrets, ...givenToProcesses(parsed.data, redactDocument(expanded.value))];
  return { config: parsed.data, shown: redactDocument(document), filled_in };
}

/** Values of `start.env`, but for those that the config shows elsewhere, such as the target's own URL. */
function givenToProcesses({ start }: Config, visible: JsonValue): FilledIn[] {
  const text = JSON.stringify(visible);
  return Object.entries(start?.env ?? {})
    .filter(([, value]) => !text.includes(JSON.stringify(value).slice(1, -1)))
    .map(([name, value]) => ({ name, value }));
}
