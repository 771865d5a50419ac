/** What one account may hold open on this instance. Slots live in this process, so a killed one gives them back. */
import type { Socket } from 'node:net';
import type { Limits } from '../seams.ts';

export interface AccountLimits {
  readonly open_streams_per_account: number;
  readonly connections_per_account: number;
}

export function createLimits(limits: AccountLimits): Limits {
  const open_streams = new Map<string, number>();
  const connections = new Map<string, Set<Socket>>();

  return {
    openStream(account_id) {
      const open = open_streams.get(account_id) ?? 0;
      if (open >= limits.open_streams_per_account) return null;
      open_streams.set(account_id, open + 1);
      let released = false;
      return () => {
        if (released) return;
        released = true;
        const left = (open_streams.get(account_id) ?? 1) - 1;
        if (left === 0) open_streams.delete(account_id);
        else open_streams.set(account_id, left);
      };
    },
    connection(account_id, socket) {
      const held = connections.get(account_id) ?? new Set();
      if (held.has(socket) || socket.destroyed) return true;
      if (held.size >= limits.connections_per_account) return false;
      connections.set(account_id, held.add(socket));
      socket.once('close', () => {
        if (held.delete(socket) && held.size === 0 && connections.get(account_id) === held) {
          connections.delete(account_id);
        }
      });
      return true;
    },
  };
}
