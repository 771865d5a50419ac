/** The composition root: seams, streams, producers and routes become one server. */
import type { ServerConfig } from './config.ts';
import type { Compose } from './seams.ts';

/** A new account's keys; the secrets exist here and nowhere else. */
export interface CreatedAccount {
  readonly account_id: string;
  readonly api_key_id: string;
  readonly key: string;
  readonly other_keys: readonly { readonly api_key_id: string; readonly key: string }[];
}

export interface RunningServer {
  /** @throws the listener's error (EADDRINUSE, EACCES, ...) */
  listen(): Promise<{ readonly port: number }>;
  /** What SIGTERM does: not ready, streams end cleanly, the store is closed last. Resolves when all of it is done. */
  drain(): Promise<void>;
  /** At once: connections are destroyed, leases released, the store closed. Harmless after `drain`. */
  close(): Promise<void>;
  /** False when there is no such key. */
  revokeKey(api_key_id: string): Promise<boolean>;
  createAccount(): Promise<CreatedAccount>;
  /** Who holds the stream's lease; null while nobody does. */
  ownerOf(stream: string): Promise<{ readonly instance_id: string; readonly epoch: number } | null>;
}

export async function createServer(
  config: ServerConfig,
  compose: Compose = (healthy) => healthy,
): Promise<RunningServer> {
  void config;
  void compose;
  throw new Error('createServer is being built');
}
