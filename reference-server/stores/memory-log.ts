/** The log of streams in memory: synchronous, so that every operation is atomic by itself. */
import type { NewEvent, StreamEvent, StreamStatus } from '../../spec/wire.ts';
import { createHistory, type History } from './history.ts';
import { withinBytes } from './read-bytes.ts';
import type {
  AppendOptions,
  AppendOutcome,
  AttachedReader,
  Change,
  CreateOutcome,
  IdempotencyClaim,
  Job,
  NewJob,
  Page,
} from './store.ts';

/** How far readers that lag may hold back pruning, in history limits. */
const PINNED_HISTORY_LIMITS = 40;
/** Append keys remembered per stream; the oldest is forgotten first. */
const APPEND_KEYS_PER_STREAM = 10_000;

interface Entry {
  /** Its `first_kept_id` is the history's to say. */
  job: Job;
  readonly history: History;
  readonly start_key: StartKey | null;
  readonly append_keys: Map<string, { readonly fingerprint: string; readonly ids: readonly number[] }>;
}

interface StartKey {
  readonly fingerprint: string;
  readonly job_id: string;
  /** null while the job is there. */
  removed_at_ms: number | null;
}

export interface Batch {
  readonly events: readonly NewEvent[];
  /** The status its last event ends the stream with. */
  readonly end: Exclude<StreamStatus, 'running'> | null;
}

export interface MemoryLog {
  create(job: NewJob, idempotency?: IdempotencyClaim): CreateOutcome;
  append(job_id: string, batch: Batch, options: AppendOptions): AppendOutcome;
  raiseEpoch(job_id: string, epoch: number): boolean;
  job(job_id: string): Job | null;
  read(job_id: string, after: number, limit: number): Page | null;
  list(account_id: string): readonly Job[];
  unfinished(): readonly Job[];
  remove(job_id: string): boolean;
  /** The ids it removed. */
  sweep(before_ms: number): readonly string[];
  pin(job_id: string, reader: AttachedReader): () => void;
}

export interface MemoryLogOptions {
  readonly history_limit: number;
  readonly now_ms: () => number;
  readonly emit: (change: Change) => void;
}

export function createMemoryLog({ history_limit, now_ms, emit }: MemoryLogOptions): MemoryLog {
  const entries = new Map<string, Entry>();
  const start_keys = new Map<string, StartKey>();
  const limits = { limit: history_limit, pinned_limit: history_limit * PINNED_HISTORY_LIMITS };

  const changed = ({ job_id, last_event_id }: Job): void => {
    emit({ kind: 'job', job_id, last_event_id });
  };
  const current = ({ job, history }: Entry): Job => ({ ...job, first_kept_id: history.first_kept_id });
  const jobs = (): Job[] => [...entries.values()].map(current);

  function remove(job_id: string): boolean {
    const entry = entries.get(job_id);
    if (entry === undefined) return false;
    entries.delete(job_id);
    if (entry.start_key !== null) entry.start_key.removed_at_ms = now_ms();
    emit({ kind: 'removed', job_id });
    return true;
  }

  return {
    create(job, idempotency) {
      const scoped_key = JSON.stringify([job.account_id, idempotency?.key]);
      const used = idempotency && start_keys.get(scoped_key);
      if (used !== undefined) {
        return used.fingerprint === idempotency?.fingerprint
          ? { kind: 'repeated', job_id: used.job_id }
          : { kind: 'conflict' };
      }
      if (entries.has(job.job_id)) throw new Error(`job_id ${job.job_id}: there is such a job already`);
      const created: Job = {
        ...job,
        status: 'running',
        updated_at_ms: job.created_at_ms,
        last_event_id: 0,
        first_kept_id: 1,
        epoch: 0,
      };
      const start_key =
        idempotency === undefined
          ? null
          : { fingerprint: idempotency.fingerprint, job_id: job.job_id, removed_at_ms: null };
      if (start_key !== null) start_keys.set(scoped_key, start_key);
      entries.set(job.job_id, { job: created, history: createHistory(limits), start_key, append_keys: new Map() });
      changed(created);
      return { kind: 'created', job_id: job.job_id };
    },

    append(job_id, { events, end }, { epoch, idempotency }) {
      const entry = entries.get(job_id);
      if (entry === undefined) return { kind: 'missing' };
      const used = idempotency && entry.append_keys.get(idempotency.key);
      if (used !== undefined) {
        if (used.fingerprint !== idempotency?.fingerprint) return { kind: 'conflict' };
        return { kind: 'repeated', ids: used.ids, last_event_id: used.ids.at(-1) ?? 0 };
      }
      const { job, history, append_keys } = entry;
      if (epoch !== undefined && epoch < job.epoch) return { kind: 'fenced' };
      if (job.status !== 'running') return { kind: 'finished' };

      const stored = events.map(({ ts, type, payload_json }, index): StreamEvent => {
        return { id: job.last_event_id + 1 + index, ts, type, payload_json };
      });
      const ids = stored.map((event) => event.id);
      history.append(stored);
      if (idempotency !== undefined) {
        append_keys.set(idempotency.key, { fingerprint: idempotency.fingerprint, ids });
        for (const oldest of append_keys.keys()) {
          if (append_keys.size <= APPEND_KEYS_PER_STREAM) break;
          append_keys.delete(oldest);
        }
      }
      const last_event_id = job.last_event_id + ids.length;
      entry.job = {
        ...job,
        status: end ?? job.status,
        updated_at_ms: now_ms(),
        last_event_id,
        epoch: Math.max(job.epoch, epoch ?? 0),
      };
      changed(entry.job);
      return { kind: 'appended', ids, last_event_id };
    },

    raiseEpoch(job_id, epoch) {
      const entry = entries.get(job_id);
      if (entry === undefined || epoch <= entry.job.epoch) return false;
      entry.job = { ...entry.job, epoch };
      return true;
    },

    job(job_id) {
      const entry = entries.get(job_id);
      return entry === undefined ? null : current(entry);
    },
    read(job_id, after, limit) {
      const entry = entries.get(job_id);
      if (entry === undefined) return null;
      const events = entry.history.after(after, limit);
      return { job: current(entry), events: limit === Infinity ? events : withinBytes(events) };
    },
    // reverse() first: the later of two jobs of one millisecond is the newer one.
    list: (account_id) =>
      jobs()
        .filter((job) => job.account_id === account_id)
        .reverse()
        .sort((a, b) => b.created_at_ms - a.created_at_ms),
    unfinished: () => jobs().filter((job) => job.status === 'running' && job.synthetic !== null),

    remove,
    sweep(before_ms) {
      const over = jobs().filter((job) => job.status !== 'running' && job.updated_at_ms < before_ms);
      for (const [scoped_key, { removed_at_ms }] of start_keys) {
        if (removed_at_ms !== null && removed_at_ms < before_ms) start_keys.delete(scoped_key);
      }
      return over.map(({ job_id }) => job_id).filter(remove);
    },
    pin: (job_id, reader) => entries.get(job_id)?.history.pin(reader) ?? (() => undefined),
  };
}
