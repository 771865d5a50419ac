/** `start:` of a config: runs the target's processes ourselves, so that kill, pause and restart come free. */
import { ConfigError } from '../config/config-error.ts';
import { fillCommand } from '../config/placeholders.ts';
import { redactText } from '../config/redact-document.ts';
import type { Config, StartConfig } from '../config/schema.ts';
import type { Hooks } from '../target.ts';
import { GroupGuard } from './group-guard.ts';
import { InstanceProcess, LaunchError } from './instance-process.ts';

export interface Launched extends AsyncDisposable {
  readonly hooks: Pick<Hooks, 'start' | 'kill' | 'terminate' | 'pause' | 'resume'>;
}

export interface LaunchOptions {
  readonly signal?: AbortSignal;
  /** Hides the config's secrets in what a process said. */
  readonly hide: (text: string) => string;
}

/**
 * Starts all instances and waits until each is ready. Disposing kills them; they also die with this process.
 * @throws ConfigError when an instance has no URL, LaunchError when one does not come up.
 */
export async function launch(config: Config, start: StartConfig, { signal, hide }: LaunchOptions): Promise<Launched> {
  const guard = new GroupGuard();
  const instances = instanceUrls(config, start).map(
    (url, index) =>
      new InstanceProcess(
        {
          index,
          command: fillCommand(start.command, { instance: String(index), port: portOf(url) }),
          ready: new URL(start.ready, url),
          hide: (said) => hide(redactText(said)),
          ...(start.cwd === undefined ? {} : { cwd: start.cwd }),
          ...(start.env === undefined ? {} : { env: start.env }),
        },
        guard,
      ),
  );
  const dispose = async (): Promise<void> => {
    await Promise.all(instances.map((instance) => instance.kill()));
    guard.close();
  };
  try {
    await Promise.all(instances.map((instance) => instance.start(signal)));
  } catch (error) {
    await dispose();
    throw error;
  }
  return { hooks: hooksOf(instances), [Symbol.asyncDispose]: dispose };
}

function hooksOf(instances: readonly InstanceProcess[]): Launched['hooks'] {
  const at = (index: number): InstanceProcess => {
    const instance = instances[index];
    if (instance === undefined) throw new LaunchError(`there is no instance ${String(index)}`);
    return instance;
  };
  return {
    start: async (index) => at(index).start(),
    kill: async (index) => at(index).kill(),
    terminate: async (index) => {
      at(index).signal('SIGTERM');
    },
    pause: async (index) => {
      at(index).signal('SIGSTOP');
    },
    resume: async (index) => {
      at(index).signal('SIGCONT');
    },
  };
}

function instanceUrls(config: Config, start: StartConfig): string[] {
  const listed = config.instances.map((entry) => (typeof entry === 'string' ? entry : entry.url));
  const urls = listed.length === 0 && start.instances === 1 ? [config.url] : listed;
  if (urls.length === start.instances) return urls;
  throw new ConfigError('the config', [
    {
      field: 'start.instances',
      found: `${String(start.instances)}, and ${String(urls.length)} entries in \`instances\``,
      accepted: 'as many instances as `instances` lists URLs',
      remedy: 'List the direct URL of each instance under `instances`; its port is what {port} stands for.',
    },
  ]);
}

function portOf(url: string): string {
  const { port, protocol } = new URL(url);
  return port === '' ? (protocol === 'https:' ? '443' : '80') : port;
}
