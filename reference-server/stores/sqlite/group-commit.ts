/**
 * Group commit: all writes that wait share one transaction and one fsync. Each has a savepoint, so that one that
 * fails takes nothing with it; where the transaction itself is lost, all of them fail and nothing is left.
 */
import type { Database, Statement } from 'better-sqlite3';
import { sqliteCode } from './driver.ts';
import type { Failure, GroupOutcome, WriterStats } from './protocol.ts';
import { createTransaction, type Touched } from './transaction.ts';
import { waitWhileBusy } from './wait-while-busy.ts';
import { prepareWrites, type WriteCall } from './writes.ts';

export interface GroupCommitOptions {
  readonly writer: string;
  readonly busy_timeout_ms: number;
}

export interface GroupCommit {
  /** Returns once the group is committed, or did not happen. */
  run(calls: readonly WriteCall[]): GroupOutcome;
  stats(): WriterStats;
}

const NOTHING: Touched = { jobs: [], removed: [], keys: false };

export function createGroupCommit(db: Database, { writer, busy_timeout_ms }: GroupCommitOptions): GroupCommit {
  const transaction = createTransaction(db, writer);
  const writes = prepareWrites(db, transaction);
  const statement = (sql: string): Statement<[]> => db.prepare<[]>(sql);
  const [begin, commit, rollback] = [statement('begin immediate'), statement('commit'), statement('rollback')];
  const [save, release, undo] = [statement('savepoint one'), statement('release one'), statement('rollback to one')];
  const settings = {
    synchronous: db.pragma('synchronous', { simple: true }) as number,
    journal_mode: db.pragma('journal_mode', { simple: true }) as string,
  };
  let commits = 0;
  let committed_writes = 0;

  function call([name, ...args]: WriteCall): unknown {
    // The writer's `submit` has checked the arguments against the function of this very name.
    return (writes[name] as (...args: readonly unknown[]) => unknown)(...args);
  }

  function runAll(calls: readonly WriteCall[]): Omit<GroupOutcome, 'stats'> {
    const results: unknown[] = [];
    const failures: [number, Failure][] = [];
    waitWhileBusy(busy_timeout_ms, () => begin.run());
    transaction.begin();
    for (const [index, write] of calls.entries()) {
      save.run();
      try {
        results[index] = call(write);
        transaction.rows.keep();
      } catch (error) {
        // Some failures, a full disk among them, may have ended the transaction; then none of the group has happened.
        if (!db.inTransaction) throw error;
        undo.run();
        transaction.rows.discard();
        failures.push([index, failureOf(error)]);
      }
      release.run();
    }
    const touched = transaction.flush();
    commit.run();
    commits += 1;
    committed_writes += calls.length - failures.length;
    return { results, failures, touched };
  }

  const stats = (): WriterStats => ({ commits, writes: committed_writes, ...settings });

  return {
    stats,
    run(calls) {
      try {
        return { ...runAll(calls), stats: stats() };
      } catch (error) {
        if (db.inTransaction) rollback.run();
        const failure = failureOf(error);
        return { results: [], failures: calls.map((_, index) => [index, failure]), touched: NOTHING, stats: stats() };
      }
    },
  };
}

function failureOf(error: unknown): Failure {
  return { code: sqliteCode(error), message: error instanceof Error ? error.message : String(error) };
}
