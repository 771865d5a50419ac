/** Durable appends: the store's seam and the whole server against a raw batch insert of the same rows. */
import { join } from 'node:path';
import { compare, interleave, type BenchOptions, type BenchResult, type Figures } from '../benchmark.ts';
import { BenchProcess } from '../process.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { httpAppend } from './http-append.ts';
import type { AppendMeasured, AppendTask } from './rows.ts';

/** Events of one append where they come in batches. */
const BATCH = 64;

const FULL = { appenders: 512, appends_each: 64, connections: 64, requests: 10_000 };
const QUICK = { appenders: 64, appends_each: 64, connections: 16, requests: 500 };

const AIM = { at_least: 0.3 };

export async function append(options: BenchOptions): Promise<BenchResult> {
  const { connections, requests, ...rows } = options.quick ? QUICK : FULL;
  const sides = {
    store: () => measure('append/store-writer', { ...rows, batch: 1 }),
    // As many events in all, so that files of the same size are written.
    store_batches: () =>
      measure('append/store-writer', { ...rows, appends_each: rows.appends_each / BATCH, batch: BATCH }),
    http: () => httpAppend({ connections, requests }),
    raw: () => measure('peers/raw-insert', { ...rows, batch: 1 }),
  };
  const rounds = await interleave(sides, options);
  const against_raw = { figure: 'appends_per_s', peer: 'raw' };
  return {
    name: 'append',
    workload: { ...rows, batch: BATCH, connections, requests },
    rounds,
    ratios: [
      compare(rounds, { ...against_raw, ours: 'store', aim: AIM }),
      compare(rounds, { ...against_raw, ours: 'store_batches', aim: AIM }),
      compare(rounds, { ...against_raw, ours: 'http' }),
    ],
  };
}

async function measure(script: string, task: Omit<AppendTask, 'path'>): Promise<Figures> {
  await using folder = await temporaryFolder();
  await using writer = new BenchProcess<AppendTask, AppendMeasured>(script);
  const { events, duration_ms, commits } = await writer.ask({ ...task, path: join(folder.path, 'bench.sqlite') });
  return { appends_per_s: (events / duration_ms) * 1000, events_per_commit: events / commits };
}
