/**
 * The streamproof config of a running cluster, as data: what a harness that knows nothing of us needs to judge it.
 * Shape: `harness/config/schema.ts`. It holds API keys: whoever writes it to a file keeps that file to the owner.
 */
import type { Capability } from '../../spec/capabilities.ts';
import type { Cluster } from './supervisor.ts';

/** What every reference server promises, whatever its store. */
const ALWAYS: readonly Capability[] = [
  'producer',
  'leases',
  'heartbeat',
  'retry-hint',
  'terminal-204',
  'long-poll',
  'query-cursor',
  'idempotent-append',
  'idempotent-start',
  'limits',
  'stall-limit',
  'health',
  'metrics',
  'drain',
  'error-envelope',
  'api-events',
  'sse-ingress-safe',
  'retry-after',
];

/** The longest time a config may declare. */
const DAY_MS = 86_400_000;
/** A process starts and is ready within this. */
const BOOT_MS = 5000;

function capabilities({ config }: Cluster): Capability[] {
  return [
    ...ALWAYS,
    ...(config.stream_store_backend === 'memory'
      ? (['volatile', 'bounded-history'] as const)
      : (['durable', 'full-history', 'shared-store'] as const)),
    ...(config.auth === 'keys' ? (['accounts', 'tickets', 'revocation'] as const) : []),
    ...(config.flush_bytes > 0 ? (['padding'] as const) : []),
    ...(config.cors_origins.length > 0 ? (['cors'] as const) : []),
  ];
}

export function clusterConfig(cluster: Cluster) {
  const { config, control_url, options } = cluster;
  const onInstance = (action: string) => ({ post: `${control_url}/instances/{instance}/${action}` });
  return {
    name: `reference server (${options.store}, ${options.instances} instance${options.instances === 1 ? '' : 's'})`,
    url: cluster.url,
    dialect: 'jobs' as const,
    instances: cluster.instances.map(({ url }) => ({ url, metrics_url: `${url}/metrics` })),
    accounts:
      config.auth === 'open'
        ? []
        : cluster.accounts.map(({ account_id, api_key_id, key, other_keys }) => ({
            account_id,
            keys: [{ api_key_id, key }, ...other_keys],
          })),
    capabilities: capabilities(cluster),
    times: {
      heartbeat_ms: config.heartbeat_ms,
      lease_ttl_ms: config.lock_ttl_ms,
      stall_limit_ms: config.stall_limit_ms,
      revocation_ms: config.revocation_ms,
      idempotency_ms: Math.min(config.job_ttl_s * 1000, DAY_MS),
      recovery_ms: Math.min(config.lock_ttl_ms + 3 * config.heartbeat_ms + BOOT_MS, DAY_MS),
    },
    limits: {
      history_limit: config.stream_store_backend === 'memory' ? config.history_limit : null,
      body_bytes: config.body_limit_bytes,
      header_bytes: config.header_limit_bytes,
      open_streams_per_account: config.open_streams_per_account,
      connections_per_account: config.connections_per_account,
      request_timeout_ms: config.request_timeout_ms,
      flush_bytes: config.flush_bytes,
    },
    cors_origins: config.cors_origins.filter((origin) => origin !== '*'),
    hooks: {
      start: onInstance('start'),
      kill: onInstance('kill'),
      terminate: onInstance('terminate'),
      pause: onInstance('pause'),
      resume: onInstance('resume'),
      arm: onInstance('arm'),
      ownerOf: { get: `${control_url}/streams/{stream}/owner` },
      revokeKey: { post: `${control_url}/keys/{api_key_id}/revoke` },
      createAccount: { post: `${control_url}/accounts` },
      inspectStorage: { get: `${control_url}/storage?contains={needle}` },
    },
    safety: { allow: ['append', 'load', 'disrupt', 'revoke'] as const, max_streams: 100_000, max_rps: 100_000 },
  };
}
