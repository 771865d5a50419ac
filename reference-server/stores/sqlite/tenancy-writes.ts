/** Writes to keys and tickets, on the writer thread. */
import type { Database } from 'better-sqlite3';
import type { ApiKey, Ticket } from '../store.ts';
import type { Transaction } from './transaction.ts';

export function tenancyWrites(db: Database, transaction: Transaction) {
  const insertKey = db.prepare(
    `insert or ignore into api_keys (api_key_id, account_id, secret_sha256, revoked, rev, writer)
     values (?, ?, ?, 0, ?, ?)`,
  );
  const revoke = db.prepare(`update api_keys set revoked = 1, rev = ?, writer = ? where api_key_id = ?`);
  const insertTicket = db.prepare(
    `insert or replace into tickets (ticket_sha256, job_id, account_id, api_key_id, expires_at, used)
     values (?, ?, ?, ?, ?, ?)`,
  );
  const use = db.prepare(`update tickets set used = 1 where ticket_sha256 = ?`);

  return {
    putKey({ api_key_id, account_id, secret_sha256 }: Omit<ApiKey, 'revoked'>): void {
      insertKey.run(api_key_id, account_id, secret_sha256, transaction.rev, transaction.writer);
      transaction.keysChanged();
    },
    revokeKey(api_key_id: string): boolean {
      const { changes } = revoke.run(transaction.rev, transaction.writer, api_key_id);
      transaction.keysChanged();
      return changes > 0;
    },
    putTicket({ ticket_sha256, job_id, account_id, api_key_id, expires_at_ms, used }: Ticket): void {
      insertTicket.run(ticket_sha256, job_id, account_id, api_key_id, expires_at_ms, used ? 1 : 0);
    },
    useTicket(ticket_sha256: string): void {
      use.run(ticket_sha256);
    },
  };
}
