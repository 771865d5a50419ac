/**
 * The main thread's side of the writer thread: a bounded queue, sent in groups. While one group commits the next
 * fills, so a group is as large as the traffic is dense, and a single write waits for nobody.
 */
import type { Worker } from 'node:worker_threads';
import { startWorker } from '../../start-worker.ts';
import { StoreOpenError, StoreUnavailable, OutcomeUnknown } from '../errors.ts';
import {
  MAX_GROUP_BYTES,
  MAX_GROUP_WRITES,
  MAX_GROUPS_UNDER_WAY,
  MAX_QUEUED_BYTES,
  MAX_QUEUED_WRITES,
} from './limits.ts';
import type { Failure, FromWriter, GroupOutcome, ToWriter, WriterOptions, WriterStats } from './protocol.ts';

import type { Touched } from './transaction.ts';
import type { WriteArguments, WriteCall, WriteName, WriteResult } from './writes.ts';

export interface Writer {
  /** Resolves after the commit that holds the write. `bytes`: about how much it carries. */
  submit<N extends WriteName>(name: N, args: WriteArguments<N>, bytes?: number): Promise<WriteResult<N>>;
  /** Resolves between two transactions; none begins until the function returned is called. */
  hold(): Promise<() => void>;
  stats(): WriterStats;
  /** Waits for the writes submitted so far. */
  close(): Promise<void>;
}

interface Waiting {
  readonly call: WriteCall;
  readonly bytes: number;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

const startThread = (options: WriterOptions): Worker =>
  startWorker('./worker', import.meta.url, { workerData: options, name: 'sqlite-writer' });

/** `onCommit` hears of every group of this writer right after its acknowledgements. Throws StoreOpenError. */
export async function openWriter(
  options: WriterOptions,
  onCommit: (touched: Touched) => void,
  start = startThread,
): Promise<Writer> {
  const worker = start(options);
  const post = (message: ToWriter): void => {
    worker.postMessage(message);
  };

  let queue: Waiting[] = [];
  let queued_bytes = 0;
  let dispatch_is_due = false;
  let holds = 0;
  const under_way: Waiting[][] = [];
  /** Asked again after each group: who waits for the gap between two, or for the end. */
  const idle_waiters: (() => void)[] = [];
  let refusal: StoreUnavailable | null = null;
  let stats: WriterStats;

  function takeGroup(): Waiting[] {
    let bytes = 0;
    const end = queue.findIndex((waiting, index) => {
      bytes += waiting.bytes;
      return index >= MAX_GROUP_WRITES || (index > 0 && bytes > MAX_GROUP_BYTES);
    });
    const group = end === -1 ? queue : queue.slice(0, end);
    queue = end === -1 ? [] : queue.slice(end);
    for (const waiting of group) queued_bytes -= waiting.bytes;
    return group;
  }

  function dispatch(): void {
    dispatch_is_due = false;
    while (holds === 0 && queue.length > 0 && under_way.length < MAX_GROUPS_UNDER_WAY) {
      const group = takeGroup();
      under_way.push(group);
      post({ kind: 'group', calls: group.map((waiting) => waiting.call) });
    }
    if (under_way.length === 0) for (const wake of idle_waiters.splice(0)) wake();
  }

  function settle({ results, failures, touched, stats: newest }: GroupOutcome): void {
    stats = newest;
    const group = under_way.shift() ?? [];
    const failed = new Map(failures);
    for (const [index, { resolve, reject }] of group.entries()) {
      const failure = failed.get(index);
      if (failure === undefined) resolve(results[index]);
      else reject(errorOf(failure));
    }
    onCommit(touched);
    dispatch();
  }

  /** The thread is gone. A group that it had may be committed or not; what waits here had no effect. */
  function lost(why: string): void {
    refusal ??= new StoreUnavailable('writer_lost', why);
    for (const { reject } of under_way.splice(0).flat()) reject(new OutcomeUnknown(why));
    for (const { reject } of queue.splice(0)) reject(refusal);
    queued_bytes = 0;
    dispatch();
  }

  async function untilIdle(): Promise<void> {
    if (under_way.length > 0) await new Promise<void>((resolve) => idle_waiters.push(resolve));
  }

  const exited = new Promise<void>((resolve) =>
    worker.once('exit', () => {
      resolve();
    }),
  );
  worker.once('exit', () => {
    lost('the SQLite writer thread has ended');
  });
  stats = await new Promise<WriterStats>((resolve, reject) => {
    worker.on('error', reject);
    worker.once('exit', () => {
      reject(new Error('the SQLite writer thread ended before it was ready'));
    });
    worker.on('message', (message: FromWriter) => {
      if (message.kind === 'committed') settle(message);
      else if (message.kind === 'ready') resolve(message.stats);
      else reject(new StoreOpenError(message.code, message.message));
    });
  });
  worker.on('error', (error: Error) => {
    lost(`the SQLite writer thread failed: ${error.message}`);
  });

  return {
    submit(name, args, bytes = 0) {
      if (refusal !== null) return Promise.reject(refusal);
      if (queue.length >= MAX_QUEUED_WRITES || (queue.length > 0 && queued_bytes + bytes > MAX_QUEUED_BYTES)) {
        const waiting = `${queue.length} writes of ${queued_bytes} bytes`;
        return Promise.reject(new StoreUnavailable('queue_full', `the SQLite store's queue is full: ${waiting} wait`));
      }
      queued_bytes += bytes;
      return new Promise((resolve, reject) => {
        queue.push({ call: [name, ...args], bytes, resolve: resolve as (result: unknown) => void, reject });
        // At the end of this turn of the event loop, so that what arrived in one turn goes together.
        if (!dispatch_is_due) setImmediate(dispatch);
        dispatch_is_due = true;
      });
    },

    async hold() {
      holds += 1;
      await untilIdle();
      let held = true;
      return () => {
        if (held) holds -= 1;
        held = false;
        dispatch();
      };
    },

    stats: () => stats,

    async close() {
      refusal ??= new StoreUnavailable('closed', 'the SQLite store is closed');
      while (queue.length > 0) {
        await new Promise<void>((resolve) => idle_waiters.push(resolve));
      }
      await untilIdle();
      post({ kind: 'close' });
      await exited;
    },
  };
}

export function errorOf({ code, message }: Failure): Error {
  // Where the sync of a commit fails, its frames are in the log: after a crash of the host they may be found good.
  if (code?.startsWith('SQLITE_IOERR') === true) return new OutcomeUnknown(`SQLite: ${message} (${code})`);
  const is_ours = code === null || code.startsWith('SQLITE_CONSTRAINT') || code === 'SQLITE_TOOBIG';
  return is_ours ? new Error(message) : new StoreUnavailable(code, `SQLite cannot write: ${message} (${code})`);
}
