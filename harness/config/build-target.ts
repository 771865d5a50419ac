/** A validated config as the Target everything else works with. */
import { DIALECTS } from '../dialects/index.ts';
import type { Dialect } from '../dialects/dialect.ts';
import type { Account, Hooks, Instance, Target } from '../target.ts';
import { hooksFrom } from './hooks.ts';
import type { Config } from './schema.ts';

/** `launched` are the hooks of processes we started ourselves; hooks of the config win over them. */
export function buildTarget(
  config: Config,
  launched: Partial<Hooks> = {},
  filled_in: Target['filled_in'] = [],
): Target {
  const url = new URL(config.url);
  return {
    name: config.name ?? url.host,
    url,
    instances: config.instances.map(instanceFrom),
    dialect: narrowed(DIALECTS[config.dialect], config.operations),
    accounts: config.accounts.map(accountFrom),
    headers: Object.entries(config.headers),
    filled_in,
    capabilities: new Set(config.capabilities),
    times: config.times,
    limits: config.limits,
    hooks: { ...launched, ...hooksFrom(config.hooks) },
    safety: { ...config.safety, allow: new Set(config.safety.allow) },
    metric_names: config.metric_names,
    cors_origins: config.cors_origins,
    at_least_once: config.at_least_once,
  };
}

function instanceFrom(entry: Config['instances'][number], index: number): Instance {
  if (typeof entry === 'string') return { index, url: new URL(entry), metrics_url: new URL('/metrics', entry) };
  return {
    index,
    url: new URL(entry.url),
    metrics_url: new URL(entry.metrics_url ?? new URL('/metrics', entry.url)),
  };
}

function accountFrom({ account_id, api_key_id, key, keys = [] }: Config['accounts'][number]): Account {
  const named = [
    ...(key === undefined ? [] : [{ api_key_id: api_key_id ?? `${account_id}-key-1`, key }]),
    ...keys.map((entry, index) =>
      typeof entry === 'string'
        ? { api_key_id: `${account_id}-key-${String(index + (key === undefined ? 1 : 2))}`, key: entry }
        : entry,
    ),
  ];
  const [first, ...other_keys] = named;
  // The schema refuses an account without a key.
  if (first === undefined) throw new TypeError(`account ${account_id} has no key`);
  return { account_id, api_key_id: first.api_key_id, key: first.key, other_keys };
}

function narrowed(dialect: Dialect, operations: Config['operations']): Dialect {
  if (operations === undefined) return dialect;
  return { ...dialect, operations: new Set(operations.filter((operation) => dialect.operations.has(operation))) };
}
