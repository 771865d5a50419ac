import { readFileSync } from 'node:fs';

/** USER_HZ is 100 on every Linux that Node runs on. Source: proc(5), sysconf(3). */
const TICK_MS = 10;

/** User and system time of a process with all its threads, so far. Linux only. */
export function cpuOf_ms(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  // The second field is the command in brackets and may hold anything; utime and stime are fields 14 and 15.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}
