/** The few lines a server writes: JSON, one a line. Never a query, a header or a body, which may hold secrets. */

export type LogLevel = 'error' | 'warn' | 'info' | 'debug';
export type LogFields = Readonly<Record<string, string | number | boolean | null>>;

export interface Log {
  (level: LogLevel, message: string, fields?: LogFields): void;
}

const ORDER: readonly string[] = ['silent', 'error', 'warn', 'info', 'debug'];

export function createLog(
  least: LogLevel | 'silent',
  fixed: LogFields = {},
  write: (line: string) => void = (line) => process.stderr.write(line),
): Log {
  const limit = ORDER.indexOf(least);
  return (level, message, fields = {}) => {
    if (ORDER.indexOf(level) > limit) return;
    write(`${JSON.stringify({ time: new Date().toISOString(), level, message, ...fixed, ...fields })}\n`);
  };
}

/** An unknown failure in one line. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
