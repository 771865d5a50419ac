/** What this machine can run, and how to get what is missing. */
import { firstLineOf } from './first-line.ts';
import { clockFinding, descriptorsFinding, nodeFinding, portsFinding, sqliteFinding } from './machine.ts';

export interface Finding {
  readonly name: string;
  /** `missing`: something optional is not there. `broken`: no run can work without it. */
  readonly state: 'ready' | 'missing' | 'broken';
  readonly found: string;
  readonly purpose: string;
  /** How to get it; null when it is there. */
  readonly remedy: string | null;
}

interface ProgramSpec {
  readonly name: string;
  /** The first one that runs counts. */
  readonly commands: readonly (readonly [command: string, versionFlag: string])[];
  readonly purpose: string;
  readonly remedy: string;
}

const PROGRAMS: readonly ProgramSpec[] = [
  {
    name: 'chromium',
    commands: ['chromium', 'chromium-browser', 'google-chrome'].map((name) => [name, '--version'] as const),
    purpose: 'the browser tests of the report page',
    remedy: 'apt-get install chromium',
  },
  {
    name: 'strace',
    commands: [['strace', '--version']],
    purpose: 'the test that counts the fsyncs of the SQLite store',
    remedy: 'apt-get install strace',
  },
];

export async function diagnose(): Promise<readonly Finding[]> {
  return Promise.all([
    nodeFinding(process.versions.node),
    sqliteFinding(),
    descriptorsFinding(),
    portsFinding(),
    clockFinding(),
    ...PROGRAMS.map(programFinding),
  ]);
}

async function programFinding({ name, commands, purpose, remedy }: ProgramSpec): Promise<Finding> {
  for (const [command, versionFlag] of commands) {
    const version = await firstLineOf(command, versionFlag);
    if (version !== null) return { name, state: 'ready', found: version, purpose, remedy: null };
  }
  return { name, state: 'missing', found: 'not found', purpose, remedy };
}
