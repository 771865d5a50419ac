/** The clock of leases: the same for every process of the host, and never set back or forward. */
import { readFileSync } from 'node:fs';
import { uptime } from 'node:os';
import { BOOT_TIME_TOLERANCE_S } from './limits.ts';

export interface HostMoment {
  /** A UUID where the kernel offers one, else `~` and the second since the Unix epoch at which the host booted. */
  readonly boot_id: string;
  /** Since some moment of that boot. */
  readonly monotonic_ms: number;
}

const LINUX_BOOT_ID = '/proc/sys/kernel/random/boot_id';

export function hostClock(boot_id_file: string = LINUX_BOOT_ID): () => HostMoment {
  const boot_id = readBootId(boot_id_file);
  return () => ({ boot_id, monotonic_ms: Number(process.hrtime.bigint() / 1_000_000n) });
}

export function isSameBoot(a: string, b: string): boolean {
  if (!a.startsWith('~') || !b.startsWith('~')) return a === b;
  return Math.abs(Number(a.slice(1)) - Number(b.slice(1))) <= BOOT_TIME_TOLERANCE_S;
}

function readBootId(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    // Not Linux. Wall clock minus uptime differs a little from reading to reading, hence the tolerance.
    return `~${Math.round(Date.now() / 1000 - uptime())}`;
  }
}
