/** The folder of a run: `runs/<id>/` of the last ten, and the latest one's files at the top. */
import { createWriteStream, type WriteStream } from 'node:fs';
import { cp, readdir, rm, writeFile } from 'node:fs/promises';
import { finished } from 'node:stream/promises';
import { join } from 'node:path';
import type { HistoryRecord } from './history.ts';
import { makeFolder } from './make-folder.ts';
import type { Manifest, RunResult } from './result.ts';
import { UsageError } from './usage-error.ts';

const KEPT_RUNS = 10;

export class Artefacts {
  /** `--out`: where the latest run's files stand. */
  readonly folder: string;
  readonly #run: string;
  readonly #history: WriteStream;
  /** A full disk shows at the end, not in the middle of a check. */
  #broken: Error | null = null;

  private constructor(folder: string, run: string) {
    this.folder = folder;
    this.#run = run;
    this.#history = createWriteStream(join(run, 'history.jsonl'));
    this.#history.on('error', (error) => {
      this.#broken = error;
    });
  }

  /** @throws UsageError when the folder cannot be written. */
  static async open(folder: string, manifest: Manifest): Promise<Artefacts> {
    const run = join(folder, 'runs', manifest.run_id);
    try {
      await makeFolder(run);
      await writeFile(join(run, 'manifest.json'), toJson(manifest));
    } catch (error) {
      throw new UsageError([
        {
          field: '--out',
          found: error instanceof Error ? error.message : String(error),
          accepted: 'a folder that can be written',
          remedy: 'Choose another folder or mend its permissions.',
        },
      ]);
    }
    return new Artefacts(folder, run);
  }

  history(check_id: string, records: readonly HistoryRecord[]): void {
    const lines = records.map((record) => `${JSON.stringify({ check: check_id, ...record })}\n`);
    this.#history.write(lines.join(''));
  }

  /** Writes a file of the run, e.g. a report. */
  async write(name: string, text: string): Promise<void> {
    await writeFile(join(this.#run, name), text);
  }

  /** Writes the result, puts the run's files at the top and forgets runs beyond the last ten. */
  async finish(result: RunResult): Promise<void> {
    await this.write('result.json', toJson(result));
    this.#history.end();
    // Its error, if there was one, is told here.
    await finished(this.#history, { cleanup: true }).catch((error: unknown) => {
      this.#broken ??= error instanceof Error ? error : new Error(String(error));
    });
    for (const name of await readdir(this.#run)) await cp(join(this.#run, name), join(this.folder, name));
    const runs = (await readdir(join(this.folder, 'runs'))).sort();
    for (const old of runs.slice(0, -KEPT_RUNS)) await rm(join(this.folder, 'runs', old), { recursive: true });
    if (this.#broken !== null) throw this.#broken;
  }
}

function toJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
