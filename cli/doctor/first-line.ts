import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Long enough for a browser on a busy machine to say its version. */
const VERSION_TIMEOUT_MS = 5_000;

/** The first line of what a program says, its version as a rule; null when it cannot be run. */
export async function firstLineOf(command: string, ...args: readonly string[]): Promise<string | null> {
  try {
    const { stdout, stderr } = await promisify(execFile)(command, [...args], { timeout: VERSION_TIMEOUT_MS });
    return (stdout.trim() || stderr.trim()).split('\n')[0] ?? '';
  } catch {
    // Not installed, or not runnable: the same for whoever wants to use it.
    return null;
  }
}
