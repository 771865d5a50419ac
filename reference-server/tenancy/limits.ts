/** What one account may hold open on this instance. Slots live in this process, so a killed one gives them back. */
import type { Socket } from 'node:net';
import type { Limits } from '../seams.ts';

export interface AccountLimits {
  readonly open_streams_per_account: number;
  readonly connections_per_account: number;
}

type Take = Limits['openStream'];

function slots(most: number): Take {
  const taken = new Map<string, number>();
  return (account_id) => {
    const held = taken.get(account_id) ?? 0;
    if (held >= most) return null;
    taken.set(account_id, held + 1);
    let released = false;
    return () => {
      if (released) return;
      released = true;
      const left = (taken.get(account_id) ?? 1) - 1;
      if (left === 0) taken.delete(account_id);
      else taken.set(account_id, left);
    };
  };
}

export function createLimits(limits: AccountLimits): Limits {
  const openStream = slots(limits.open_streams_per_account);
  // Each connection waits for one answer; only requests sent ahead of their turn would be more.
  const longPoll = slots(limits.connections_per_account);
  const connections = new Map<string, Set<Socket>>();

  return {
    openStream,
    longPoll,
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
