/** The SQLite store: any number of processes of one host may open the same file. */
import { randomUUID } from 'node:crypto';
import type { LeaseTable } from '../../locks/lease-table.ts';
import { endOfBatch } from '../batch.ts';
import type { AppendOptions, AppendOutcome, Store } from '../store.ts';
import type { NewEvent } from '../../../spec/wire.ts';
import { createChangeFeed } from './change-feed.ts';
import { openForReading } from './database.ts';
import { loadDriver } from './driver.ts';
import { WRITE_BUSY_TIMEOUT_MS } from './limits.ts';
import type { AppendWritten } from './log-writes.ts';
import type { WriterStats } from './protocol.ts';
import { createReader } from './reader.ts';
import { openWriter, type Writer } from './writer.ts';

export interface SqliteStoreOptions {
  readonly path: string;
  /** How long a write waits for another process's transaction before it is refused. */
  readonly busy_timeout_ms?: number;
  /** The file grows to this size and no further: writes beyond it are refused as on a full disk. */
  readonly max_bytes?: number;
}

export interface SqliteStore extends Store {
  readonly leases: LeaseTable;
  holdWrites(): Promise<() => void>;
  /** Counters of the writer thread. */
  stats(): WriterStats;
}

/** Makes the file, its folder and its tables where they are missing. Throws StoreOpenError. */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<SqliteStore> {
  const { path, busy_timeout_ms = WRITE_BUSY_TIMEOUT_MS, max_bytes = null } = options;
  const Driver = await loadDriver();
  const writer_id = randomUUID();
  const writer = await openWriter({ path, busy_timeout_ms, max_bytes, writer: writer_id }, (touched) => {
    feed.signal(touched);
  });
  const db = await readingBeside(writer, () => openForReading(Driver, path));
  const feed = createChangeFeed(db, { writer: writer_id });
  const { leaseHolder, ...reads } = createReader(db);
  const purge = purging(writer);

  return {
    traits: { durable: true, shared: true },
    ...reads,

    create: ({ synthetic, ...job }, claim) =>
      writer.submit('create', [job, synthetic && JSON.stringify(synthetic), claim ?? null]),
    append: (job_id, events, append_options = {}) => append(writer, job_id, events, append_options),
    raiseEpoch: (job_id, epoch) => writer.submit('raiseEpoch', [job_id, epoch]),
    async remove(job_id) {
      const outcome = await writer.submit('remove', [job_id]);
      // It is removed, whatever becomes of the rest now: a sweep goes on with it, and tells why it cannot.
      if (outcome === 'unpurged') await purge(job_id).catch(() => undefined);
      return outcome !== 'missing';
    },
    async sweep(before_ms) {
      let total = 0;
      for (;;) {
        const { removed, unpurged } = await writer.submit('sweep', [before_ms]);
        total += removed;
        await Promise.all(unpurged.map(purge));
        if (removed + unpurged.length === 0) return total;
      }
    },

    putKey: (key) => writer.submit('putKey', [key]),
    revokeKey: (api_key_id) => writer.submit('revokeKey', [api_key_id]),
    putTicket: (ticket) => writer.submit('putTicket', [ticket]),
    useTicket: (ticket_sha256) => writer.submit('useTicket', [ticket_sha256]),

    leases: {
      acquire: (stream_id, owner_id, ttl_ms) => writer.submit('acquire', [stream_id, owner_id, ttl_ms]),
      renew: (lease, ttl_ms) => writer.submit('renew', [lease, ttl_ms]),
      release: (lease) => writer.submit('release', [lease]),
      releaseAll: (owner_id) => writer.submit('releaseAll', [owner_id]),
      holder: leaseHolder,
    },

    onChange: (listener) => feed.onChange(listener),
    holdWrites: () => writer.hold(),
    stats: () => writer.stats(),
    ping: () => writer.submit('ping', []),
    async close() {
      // Readers first, so that the writer is the last to leave and SQLite folds its log into the file.
      const written = writer.close();
      feed.close();
      db.close();
      await written;
    },
  };
}

/** Each resolves once nothing of its removed stream is left. They take turns, so that a group holds one step at most. */
function purging(writer: Writer): (job_id: string) => Promise<void> {
  let last: Promise<unknown> = Promise.resolve();
  const purge = async (job_id: string): Promise<void> => {
    while (!(await writer.submit('purge', [job_id])));
  };
  return (job_id) => {
    const mine = last.then(() => purge(job_id));
    last = mine.catch(() => undefined);
    return mine;
  };
}

/** A writer thread without its reader would keep the process alive for nobody. */
async function readingBeside<T>(writer: Writer, open: () => T): Promise<T> {
  try {
    return open();
  } catch (error) {
    await writer.close();
    throw error;
  }
}

async function append(
  writer: Writer,
  job_id: string,
  events: readonly NewEvent[],
  { epoch, idempotency }: AppendOptions,
): Promise<AppendOutcome> {
  const end = endOfBatch(events);
  const cells: (string | number)[] = [];
  let bytes = 0;
  for (const { ts, type, payload_json } of events) {
    cells.push(ts, type, payload_json);
    bytes += type.length + payload_json.length;
  }
  const write = { job_id, cells, end, epoch: epoch ?? null, idempotency: idempotency ?? null };
  return outcomeOf(await writer.submit('append', [write], bytes));
}

function outcomeOf(written: AppendWritten): AppendOutcome {
  if (!('first_seq' in written)) return written;
  const { kind, first_seq, last_seq } = written;
  const ids = Array.from({ length: last_seq - first_seq + 1 }, (_, index) => first_seq + index);
  return { kind, ids, last_event_id: last_seq };
}
