/**
 * The only place that reads the environment. Values are checked once, at boot, and frozen; a bad one is refused with
 * its variable, what was found, what is accepted and how to mend it.
 */
import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { VARIABLES, type Values, type VariableName } from './config-variables.ts';

export { envExample } from './config-variables.ts';

/** An API key as configured; the secret is hashed before it is stored and never logged. */
export interface ConfiguredKey {
  readonly account_id: string;
  readonly api_key_id: string;
  readonly key: string;
}

/** The checked values under lower-case names. */
export type ServerConfig = {
  readonly [
    Name in Exclude<VariableName, 'API_KEYS' | 'CORS_ORIGINS' | 'LOCK_BACKEND'> as Lowercase<Name>
  ]: Values[Name];
} & {
  readonly lock_backend: Exclude<Values['LOCK_BACKEND'], 'auto'>;
  readonly api_keys: readonly ConfiguredKey[];
  readonly cors_origins: readonly string[];
};

/** The configuration cannot be used; `problems` has one line per variable. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(`The server's configuration is not usable:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.problems = problems;
  }
}

const KEY_LIST = z.array(
  z.strictObject({ account_id: z.string().min(1), api_key_id: z.string().min(1), key: z.string().min(8) }),
);
/** An origin as browsers send it: scheme and host, no path. */
const ORIGIN = /^(\*|https?:\/\/[^\s/,]+)$/;

/** @throws ConfigError naming every bad variable at once. */
export function loadConfig(env: Readonly<Record<string, string | undefined>> = process.env): ServerConfig {
  const problems: string[] = [];
  const values = readVariables(env, problems);
  const api_keys = readKeys(values.API_KEYS, problems);
  const cors_origins = readOrigins(values.CORS_ORIGINS, problems);
  problems.push(...conflicts(values));
  if (problems.length > 0) throw new ConfigError(problems);
  const plain = Object.entries(values).map(([name, value]) => [name.toLowerCase(), value]);
  const lock_backend = lockBackend(values);
  return Object.freeze({ ...Object.fromEntries(plain), lock_backend, api_keys, cors_origins }) as ServerConfig;
}

function lockBackend(values: Values): ServerConfig['lock_backend'] {
  return values.LOCK_BACKEND === 'auto' ? values.STREAM_STORE_BACKEND : values.LOCK_BACKEND;
}

function readVariables(env: Readonly<Record<string, string | undefined>>, problems: string[]): Values {
  const values: Record<string, unknown> = {};
  for (const [name, { schema, accepts, fallback }] of Object.entries(VARIABLES)) {
    const found = env[name];
    // An empty variable is how a shell or compose file says "not set".
    const parsed = schema.safeParse(found === undefined || found === '' ? fallback : found);
    if (parsed.success) values[name] = parsed.data;
    else {
      problems.push(`${name}: found ${JSON.stringify(found)}, accepted is ${accepts}. Unset it for ${fallback}.`);
      values[name] = schema.parse(fallback);
    }
  }
  return values as Values;
}

function readKeys(value: string, problems: string[]): readonly ConfiguredKey[] {
  const accepted = 'accepted is a JSON list of {"account_id","api_key_id","key"} with keys of 8 characters or more';
  const inline = value.trimStart().startsWith('[') || value.trimStart().startsWith('{');
  // What was taken for a file's name may be a quoted list or a bare key: it is never repeated.
  const place = inline ? 'API_KEYS' : 'API_KEYS: taken for the name of a file, which';
  let list: unknown;
  try {
    list = JSON.parse(inline ? value : readFileSync(value, 'utf8'));
  } catch (error) {
    // The text may hold secrets, so a parser's message, which quotes it, is not repeated.
    const why = error instanceof SyntaxError ? 'holds text that is no JSON' : 'cannot be read';
    problems.push(`${place} ${why}, ${accepted}.`);
    return [];
  }
  const parsed = KEY_LIST.safeParse(list);
  if (!parsed.success) {
    const where = parsed.error.issues.map((issue) => issue.path.join('.') || 'the list').join(', ');
    problems.push(`${place} holds something else at ${where}, ${accepted}.`);
    return [];
  }
  const doubled = firstDouble(parsed.data.map((entry) => entry.api_key_id)) ?? firstDoubleSecret(parsed.data);
  if (doubled !== null) problems.push(`${place} holds ${doubled} twice, each key and id must be its own.`);
  return Object.freeze(parsed.data.map((entry) => Object.freeze(entry)));
}

function firstDouble(names: readonly string[]): string | null {
  const double = names.find((name, index) => names.indexOf(name) !== index);
  return double === undefined ? null : `api_key_id ${JSON.stringify(double)}`;
}

function firstDoubleSecret(keys: readonly ConfiguredKey[]): string | null {
  const double = keys.find((entry, index) => keys.findIndex((other) => other.key === entry.key) !== index);
  return double === undefined ? null : `the key of ${JSON.stringify(double.api_key_id)}`;
}

function readOrigins(value: string, problems: string[]): readonly string[] {
  const origins = value.split(',').flatMap((origin) => (origin.trim() === '' ? [] : [origin.trim()]));
  for (const origin of origins.filter((candidate) => !ORIGIN.test(candidate))) {
    problems.push(
      `CORS_ORIGINS: found ${JSON.stringify(origin)}, accepted is scheme and host as in https://app.example, or *. ` +
        'Remove its path.',
    );
  }
  return Object.freeze(origins);
}

/** Values that are fine alone and wrong together. */
function conflicts(values: Values): string[] {
  const several = values.INSTANCES > 1;
  const found: string[] = [];
  if (several && values.STREAM_STORE_BACKEND === 'memory') {
    found.push(
      `STREAM_STORE_BACKEND: found memory with INSTANCES=${values.INSTANCES}, accepted is a shared store (sqlite). ` +
        'Each instance would hold streams that the others do not know: use sqlite or one instance.',
    );
  }
  if (several && values.LOCK_BACKEND === 'memory') {
    found.push(
      `LOCK_BACKEND: found memory with INSTANCES=${values.INSTANCES}, accepted is a shared one (sqlite). ` +
        'Two instances would produce into one stream: use sqlite or one instance.',
    );
  }
  if (values.HEADERS_TIMEOUT_MS > values.REQUEST_TIMEOUT_MS) {
    found.push(
      `HEADERS_TIMEOUT_MS: found ${values.HEADERS_TIMEOUT_MS}, accepted is at most REQUEST_TIMEOUT_MS ` +
        `(${values.REQUEST_TIMEOUT_MS}). Headers are part of the request: lower it or raise the other.`,
    );
  }
  return found;
}
