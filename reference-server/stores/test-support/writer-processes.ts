/** Starting writer processes and checking what they were told against what the store holds. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { extname } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Test } from 'tap';
import type { StreamEvent } from '../../../spec/wire.ts';

export interface Acknowledged {
  readonly first_id: number;
  readonly payloads: readonly string[];
}

export interface WriterProcess {
  readonly child: ChildProcess;
  /** Grows while it runs. */
  readonly acknowledged: readonly Acknowledged[];
  /** Resolves once so many were acknowledged; rejects when the process ends before. */
  untilAcknowledged(count: number): Promise<void>;
  /** Exit code or signal, after its whole output was read. */
  readonly ended: Promise<number | string>;
}

export interface WriterArguments {
  readonly path: string;
  readonly job_id: string;
  readonly prefix: string;
  /** 0: without end. */
  readonly appends: number;
  readonly at_a_time: number;
}

/** The command line of a writer process; it inherits the loader this process runs with. */
export function writerCommand({ path, job_id, prefix, appends, at_a_time }: WriterArguments): string[] {
  const script = fileURLToPath(new URL(`./writer-process${extname(import.meta.url)}`, import.meta.url));
  return [process.execPath, ...process.execArgv, script, path, job_id, prefix, String(appends), String(at_a_time)];
}

export function startWriter(t: Test, options: WriterArguments): WriterProcess {
  const [command = '', ...args] = writerCommand(options);
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  t.teardown(() => child.kill('SIGKILL'));
  const acknowledged: Acknowledged[] = [];
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => {
    acknowledged.push(JSON.parse(line) as Acknowledged);
    lines.emit('acknowledged');
  });
  const ended = once(child, 'close').then(([code, signal]) => (code ?? signal) as number | string);
  return {
    child,
    acknowledged,
    ended,
    async untilAcknowledged(count) {
      const early = ended.then((end) => {
        throw new Error(`the writer ended (${end}) after ${acknowledged.length} acknowledgements`);
      });
      early.catch(() => undefined); // it may well end later
      while (acknowledged.length < count) await Promise.race([once(lines, 'acknowledged'), early]);
    },
  };
}

/** The ids are dense, and every acknowledged one holds the payload it was acknowledged for. */
export function checkAcknowledged(
  t: Test,
  stored: readonly StreamEvent[],
  acknowledged: readonly Acknowledged[],
): void {
  const holes = stored.filter((event, index) => event.id !== index + 1);
  t.strictSame(holes, [], 'ids are dense');
  const wrong = acknowledged.filter(({ first_id, payloads }) =>
    payloads.some((payload, index) => stored[first_id - 1 + index]?.payload_json !== payload),
  );
  t.strictSame(wrong, [], `${acknowledged.length} acknowledged appends are there under their ids`);
  t.equal(new Set(stored.map((event) => event.payload_json)).size, stored.length, 'nothing is there twice');
}
