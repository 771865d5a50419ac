/** The reference server as a target: booted in a folder of its own, known to the harness by the config it would write. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildTarget } from '../harness/config/build-target.ts';
import { parseConfig, type LoadedConfig } from '../harness/config/load-config.ts';
import type { Target } from '../harness/target.ts';
import { startCluster, type Cluster } from '../reference-server/cluster/supervisor.ts';
import type { Backend } from '../reference-server/stores/backends.ts';
import { clusterConfig } from '../reference-server/cluster/write-config.ts';

export interface SelfOptions {
  readonly store: Backend;
  /** Default: one with memory, else three. */
  readonly instances?: number;
  /** Default: sticky with memory, else round-robin. */
  readonly routing?: 'sticky' | 'round-robin';
  /** A name of reference-server/defects. */
  readonly defect?: string;
  /** Server variables beside or instead of SELF_VARIABLES. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface SelfTarget extends AsyncDisposable {
  readonly cluster: Cluster;
  readonly target: Target;
  /** As `serve --write-config` would write it. */
  readonly loaded: LoadedConfig;
}

/**
 * Times short enough that a whole run fits into seconds, and limits small enough to be reached; a production server
 * keeps the defaults of `.env.example`.
 */
export const SELF_VARIABLES: Readonly<Record<string, string>> = {
  HEARTBEAT_MS: '400',
  LOCK_TTL_MS: '1000',
  // Longer than an event may take: a stalled reader that is let go sooner frees whom it blocks before that is seen.
  STALL_LIMIT_MS: '1200',
  REVOCATION_MS: '1000',
  HEADERS_TIMEOUT_MS: '1500',
  REQUEST_TIMEOUT_MS: '2500',
  DRAIN_GRACE_MS: '1500',
  HISTORY_LIMIT: '500',
  BODY_LIMIT_BYTES: '1048576',
  HEADER_LIMIT_BYTES: '16384',
  OPEN_STREAMS_PER_ACCOUNT: '64',
  CONNECTIONS_PER_ACCOUNT: '256',
  CORS_ORIGINS: 'https://app.example',
};

export async function startSelf(options: SelfOptions): Promise<SelfTarget> {
  const dir = await mkdtemp(join(tmpdir(), 'streamproof-self-'));
  const volatile = options.store === 'memory';
  const removeDir = (): Promise<void> => rm(dir, { recursive: true, force: true });
  try {
    const cluster = await startCluster({
      store: options.store,
      instances: options.instances ?? (volatile ? 1 : 3),
      routing: options.routing ?? (volatile ? 'sticky' : 'round-robin'),
      dir,
      env: { ...SELF_VARIABLES, ...options.env },
      ...(options.defect === undefined ? {} : { defect: options.defect }),
    });
    const loaded = parseConfig(clusterConfig(cluster), 'the reference server');
    return {
      cluster,
      loaded,
      target: buildTarget(loaded.config),
      async [Symbol.asyncDispose]() {
        await cluster.close();
        await removeDir();
      },
    };
  } catch (error) {
    await removeDir();
    throw error;
  }
}
