/**
 * Every environment variable of the server in one table: its default, what it accepts, what it means. `config.ts` reads
 * it, `.env.example` is written from it. Names carry their units.
 */
import * as z from 'zod';
import { BACKENDS } from './stores/backends.ts';

/** A whole number within bounds, written in decimal. */
function integer(low: number, high: number): Kind<number> {
  return {
    accepts: `a whole number from ${low} to ${high}`,
    schema: z
      .string()
      .regex(/^\d{1,15}$/)
      .transform(Number)
      .pipe(z.number().min(low).max(high)),
  };
}

function oneOf<const Names extends readonly [string, ...string[]]>(names: Names): Kind<Names[number]> {
  return { accepts: names.join(' | '), schema: z.enum(names) };
}

const text: Kind<string> = { accepts: 'any text', schema: z.string() };

const HOUR_MS = 3_600_000;
const MAX_BYTES = 1_073_741_824;
const DAY_S = 86_400;

/** How a variable's text becomes a value. */
interface Kind<Value> {
  /** What is accepted, for people. */
  readonly accepts: string;
  readonly schema: z.ZodType<Value, string>;
}

interface Variable<Value> extends Kind<Value> {
  /** As it would stand in the environment. */
  readonly fallback: string;
  readonly about: string;
}

function variable<Value>(kind: Kind<Value>, fallback: string | number, about: string): Variable<Value> {
  return { ...kind, fallback: String(fallback), about };
}

export const VARIABLES = {
  HOST: variable(text, '127.0.0.1', 'Address to listen on.'),
  PORT: variable(integer(0, 65_535), 8080, 'Port to listen on; 0 takes a free one.'),
  INSTANCE_ID: variable(
    { accepts: 'up to 64 letters, digits, `.`, `_` or `-`', schema: z.string().regex(/^[\w.-]{1,64}$/) },
    'instance-0',
    'Name of this process among those that share the store; owns its leases.',
  ),
  INSTANCES: variable(integer(1, 1000), 1, 'How many instances share the store; more than one needs a shared store.'),
  LOG_LEVEL: variable(oneOf(['silent', 'error', 'warn', 'info', 'debug']), 'warn', 'Least level written to stderr.'),

  STREAM_STORE_BACKEND: variable(oneOf(BACKENDS), 'sqlite', 'Where streams live; memory is volatile.'),
  SQLITE_PATH: variable(text, 'streamproof-data/jobs.sqlite', 'Database file of the sqlite backends.'),
  HISTORY_LIMIT: variable(integer(1, 1_000_000), 500, 'Events kept per stream by the memory store.'),
  JOB_TTL_S: variable(integer(1, 3650 * DAY_S), 7 * DAY_S, 'A finished stream is removed this long after its end.'),

  LOCK_BACKEND: variable(
    oneOf(['auto', ...BACKENDS]),
    'auto',
    'Where leases live; memory serves one instance only; auto is where the streams live.',
  ),
  LOCK_TTL_MS: variable(integer(50, HOUR_MS), 30_000, 'A lease not renewed for this long is free again.'),

  AUTH: variable(oneOf(['keys', 'open']), 'keys', 'keys: requests carry an API key. open: one account for everybody.'),
  API_KEYS: variable(
    text,
    '[]',
    'JSON list of {"account_id","api_key_id","key"}, or the path of a file that holds it.',
  ),
  REVOCATION_MS: variable(integer(50, HOUR_MS), 5000, 'A revoked key ends its open streams within this.'),

  FLUSH_BYTES: variable(integer(0, 1_048_576), 4096, 'Padding behind every frame, to pass a buffering hop; 0 is off.'),
  HEARTBEAT_MS: variable(integer(50, HOUR_MS), 15_000, 'An idle stream gets a comment about this often.'),
  RETRY_MS: variable(integer(0, HOUR_MS), 1000, 'Reconnect delay that a draining server tells its readers.'),
  STALL_LIMIT_MS: variable(integer(50, HOUR_MS), 30_000, 'A reader that takes nothing for this long is ended.'),
  HOT_TAIL_EVENTS: variable(integer(1, 100_000), 100, 'Newest events of a followed stream kept in memory.'),
  STORE_POLL_MS: variable(integer(10, 60_000), 250, 'Followed streams are looked at this often, hints or not.'),

  BODY_LIMIT_BYTES: variable(integer(1024, MAX_BYTES), 1_048_576, 'Largest request body.'),
  HEADER_LIMIT_BYTES: variable(integer(1024, 1_048_576), 16_384, 'Largest request head.'),
  REQUEST_TIMEOUT_MS: variable(integer(50, HOUR_MS), 30_000, 'A request must have arrived whole within this.'),
  HEADERS_TIMEOUT_MS: variable(integer(50, HOUR_MS), 10_000, 'Its headers must have arrived within this.'),
  OPEN_STREAMS_PER_ACCOUNT: variable(integer(1, 1_000_000), 1000, 'SSE responses open at once, per account.'),
  CONNECTIONS_PER_ACCOUNT: variable(integer(1, 1_000_000), 2000, 'Connections open at once, per account.'),
  CORS_ORIGINS: variable(
    text,
    '',
    'Origins that browsers may call from, separated by commas; `*` is any; empty is off.',
  ),
  DRAIN_GRACE_MS: variable(integer(0, HOUR_MS), 10_000, 'After SIGTERM, requests under way get this long.'),
} as const;

export type VariableName = keyof typeof VARIABLES;
export type Values = { readonly [Name in VariableName]: z.output<(typeof VARIABLES)[Name]['schema']> };

/** The text of `.env.example`. */
export function envExample(): string {
  const lines = [
    '# Every variable that one instance reads, with its default: node --env-file=.env dist/reference-server/main.js',
    '# `streamproof serve` hands them to its instances too, with shorter times of its own, but for those that its options',
    '# decide: HOST, PORT, INSTANCE_ID, INSTANCES, STREAM_STORE_BACKEND, LOCK_BACKEND, SQLITE_PATH, API_KEYS.',
    '# Generated from reference-server/config-variables.ts.',
  ];
  for (const [name, { about, accepts, fallback }] of Object.entries(VARIABLES)) {
    lines.push('', `# ${about}`, `# Accepts ${accepts}.`, `${name}=${fallback}`);
  }
  return `${lines.join('\n')}\n`;
}
