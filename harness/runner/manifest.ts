import { availableParallelism, platform, release } from 'node:os';
import type { JsonValue } from '../../spec/wire.ts';
import type { Manifest } from '../result.ts';
import type { Target } from '../target.ts';
import { packageVersion } from '../version.ts';

export interface ManifestInput {
  readonly target: Target;
  readonly seed: number;
  /** The command line, without secrets. */
  readonly command: string;
  /** The config, without secrets (LoadedConfig.shown). */
  readonly config: JsonValue;
  readonly plan: JsonValue;
}

/** A manifest of a run that starts now. Run ids sort by time. */
export function buildManifest({ target, seed, command, config, plan }: ManifestInput): Manifest {
  const started_at = new Date().toISOString();
  return {
    run_id: `${started_at.replace(/[-:]/g, '').replace(/\..*/, '')}-${String(process.pid)}-${seed.toString(16)}`,
    started_at,
    command,
    seed,
    streamproof_version: packageVersion(),
    node_version: process.version,
    platform: `${platform()} ${release()} ${process.arch}`,
    cpus: availableParallelism(),
    target: {
      name: target.name,
      url: target.url.href,
      dialect: target.dialect.name,
      instances: target.instances.length,
      capabilities: [...target.capabilities].sort(),
    },
    config,
    plan,
  };
}
