/**
 * The only clock the harness stamps with: the host's monotonic clock in milliseconds, comparable between the
 * processes of one host. A double keeps it exact to a tenth of a microsecond for decades of uptime.
 */
export function now(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
