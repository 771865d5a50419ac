/** The server under test as the harness knows it: by its config alone. */
import type { Capability } from '../spec/capabilities.ts';
import type { Dialect } from './dialects/dialect.ts';

/** Who a request speaks for. The key is a secret: it never reaches a transcript, log or report. */
export interface Account {
  readonly account_id: string;
  readonly api_key_id: string;
  readonly key: string;
  /** Other keys of the same account, for rows that revoke one of them. */
  readonly other_keys: readonly { readonly api_key_id: string; readonly key: string }[];
}

export interface Instance {
  /** 0-based position in the config. */
  readonly index: number;
  readonly url: URL;
  readonly metrics_url: URL | null;
}

/** What bounds the waiting; a check never waits on a number of its own. All in milliseconds. */
export interface DeclaredTimes {
  readonly heartbeat_ms: number;
  readonly lease_ttl_ms: number;
  readonly stall_limit_ms: number;
  readonly revocation_ms: number;
  readonly idempotency_ms: number;
  /** Within this everything converges after a fault is healed (oracle invariant 10). */
  readonly recovery_ms: number;
  /** An event is visible to an attached reader within this (seed 004: under one second). */
  readonly event_latency_ms: number;
  /** A finished replay takes at most this (seed 004: two seconds). */
  readonly replay_ms: number;
  /** A whole answer that is no stream takes at most this; what takes longer was not answered. */
  readonly request_ms: number;
}

export interface DeclaredLimits {
  readonly history_limit: number | null;
  readonly body_bytes: number | null;
  readonly header_bytes: number | null;
  readonly open_streams_per_account: number | null;
  readonly connections_per_account: number | null;
  readonly request_timeout_ms: number | null;
  readonly flush_bytes: number;
}

/**
 * Things only an operator can do. Every entry is optional: what a check needs and the target lacks makes the check
 * not-observed, by the hook's name.
 */
export interface Hooks {
  start(instance: number): Promise<void>;
  /** SIGKILL. Resolves when the process is gone. */
  kill(instance: number): Promise<void>;
  /** SIGTERM. Resolves when the signal was sent. */
  terminate(instance: number): Promise<void>;
  /** SIGSTOP, outside any store transaction where the target can tell. */
  pause(instance: number): Promise<void>;
  resume(instance: number): Promise<void>;
  /** The instance that holds the stream's lease; null while nobody does. */
  ownerOf(stream: string): Promise<{ readonly instance: number; readonly epoch: number } | null>;
  revokeKey(api_key_id: string): Promise<void>;
  createAccount(): Promise<Account>;
  /** Arms a pause point of the reference server (see reference-server/cluster/pause-points.ts). */
  arm(instance: number, arming: Readonly<Record<string, string | number>>): Promise<void>;
  /** Text search over everything the server has written to disk; returns file names that contain the bytes. */
  inspectStorage(needle: string): Promise<readonly string[]>;
}
export type HookName = keyof Hooks;

/** Which permission a hook needs; those not named need none. */
export const HOOK_ACTIONS: Readonly<Partial<Record<HookName, SafetyAction>>> = {
  start: 'disrupt',
  kill: 'disrupt',
  terminate: 'disrupt',
  pause: 'disrupt',
  resume: 'disrupt',
  arm: 'disrupt',
  revokeKey: 'revoke',
};

export const SAFETY_ACTIONS = ['append', 'load', 'disrupt', 'revoke'] as const;
export type SafetyAction = (typeof SAFETY_ACTIONS)[number];

export interface Safety {
  readonly allow: ReadonlySet<SafetyAction>;
  readonly max_streams: number;
  readonly max_rps: number;
}

export interface Target {
  readonly name: string;
  /** Where clients enter. */
  readonly url: URL;
  /** Direct addresses behind the ingress; empty when unknown. */
  readonly instances: readonly Instance[];
  readonly dialect: Dialect;
  readonly accounts: readonly Account[];
  /** Sent with every request, e.g. a bearer token given with -H. Values are secrets. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Variables of the environment that its hooks and start commands hold the values of. Values are secrets. */
  readonly filled_in: readonly { readonly name: string; readonly value: string }[];
  readonly capabilities: ReadonlySet<Capability>;
  readonly times: DeclaredTimes;
  readonly limits: DeclaredLimits;
  readonly hooks: Partial<Hooks>;
  readonly safety: Safety;
  /** Names of the Prometheus series that carry what the rows ask for. */
  readonly metric_names: Readonly<Record<string, string>>;
  /** Origins whose pages may read; for the rows on CORS. */
  readonly cors_origins: readonly string[];
  /** A reconnect may deliver an event again. */
  readonly at_least_once: boolean;
}
