/**
 * A cluster: N instances over one store behind the ingress, each a process of its own, and a control port for what only
 * an operator may do. Nothing of it outlives this process.
 */
import { join } from 'node:path';
import { loadConfig, type ServerConfig } from '../config.ts';
import { VARIABLES } from '../config-variables.ts';
import type { CreatedAccount } from '../server.ts';
import type { Backend } from '../stores/backends.ts';
import { apiKeysVariable, makeAccounts } from './accounts.ts';
import type { IngressCalls } from './calls.ts';
import { checkDefect } from './check-defect.ts';
import { Child, ClusterError } from './child.ts';
import { startControl } from './control.ts';
import type { IngressOptions } from './ingress/ingress.ts';
import type { Routing } from './ingress/routing.ts';
import { InstanceProcess, type InstanceState } from './instance-process.ts';
import type { Arming } from './pause-points.ts';
import { findInFiles } from './storage-search.ts';

export interface ClusterOptions {
  readonly instances: number;
  readonly store: Backend;
  /** Where the store keeps its files. */
  readonly dir: string;
  readonly routing: Routing;
  /** A name of `defects/`. */
  readonly defect?: string;
  /** Variables of the server (see config-variables.ts); those of this process are not passed on. */
  readonly env?: Readonly<Record<string, string>>;
  /** Of the ingress; default: any free one. */
  readonly port?: number;
  /** Default: any free one. */
  readonly control_port?: number;
  /** How many accounts exist from the start; default 3. */
  readonly accounts?: number;
}

export interface InstanceView {
  readonly index: number;
  readonly url: string;
  /** Null while there is no process. */
  readonly pid: number | null;
  readonly state: InstanceState;
}

export interface Owner {
  readonly instance: number;
  readonly epoch: number;
}

export interface Cluster {
  /** Of the ingress. */
  readonly url: string;
  readonly control_url: string;
  readonly options: ClusterOptions;
  /** What the instances are configured with, apart from name and port. */
  readonly config: ServerConfig;
  readonly accounts: readonly CreatedAccount[];
  /** As they are at this moment. */
  readonly instances: readonly InstanceView[];
  /** SIGKILL; resolves when the process is gone. */
  kill(index: number): Promise<void>;
  /** SIGTERM; resolves when it was sent. */
  terminate(index: number): Promise<void>;
  /** SIGSTOP between two store transactions. */
  pause(index: number): Promise<void>;
  resume(index: number): Promise<void>;
  /** Resolves when it is ready, at its old address. */
  start(index: number): Promise<void>;
  /** Drains, waits for the exit, starts. */
  restart(index: number): Promise<void>;
  arm(index: number, arming: Arming): Promise<void>;
  /** Resolves when the instance is in this state. */
  until(index: number, state: InstanceState): Promise<void>;
  /** Null while nobody holds the stream's lease. */
  ownerOf(stream: string): Promise<Owner | null>;
  /** False when there is no such key. */
  revokeKey(api_key_id: string): Promise<boolean>;
  createAccount(): Promise<CreatedAccount>;
  /** Names of the files under `dir` whose bytes contain the text. */
  inspectStorage(text: string): Promise<readonly string[]>;
  /** The last that each process wrote to stderr, for diagnosis. */
  diagnosis(): readonly { readonly name: string; readonly stderr: string }[];
  readonly ingress_pid: number;
  /** Resolves when the ingress is gone without having been told to leave, and no request arrives any more. */
  readonly lost: Promise<ClusterError>;
  /** Resolves when every process is gone. */
  close(): Promise<void>;
}

const INGRESS_CLOSE_MS = 2000;
/** Beyond the server's own grace, for closing the store and exiting. */
const EXIT_MARGIN_MS = 3000;
/** Closing a cluster is no deployment: what is not drained by then is killed. */
const CLOSE_GRACE_MS = 3000;

const instanceName = (index: number): string => `instance-${index}`;

/** This process's environment without the server's variables: a cluster is what its options say. */
function outerEnvironment(): Record<string, string | undefined> {
  const names = new Set([...Object.keys(VARIABLES), 'DEFECT']);
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !names.has(name)));
}

function serverVariables(options: ClusterOptions, accounts: readonly CreatedAccount[]): Record<string, string> {
  return {
    STREAM_STORE_BACKEND: options.store,
    LOCK_BACKEND: options.store,
    SQLITE_PATH: join(options.dir, 'jobs.sqlite'),
    INSTANCES: String(options.instances),
    API_KEYS: apiKeysVariable(accounts),
    ...options.env,
    ...(options.defect === undefined ? {} : { DEFECT: options.defect }),
  };
}

/**
 * @throws ConfigError for what the server refuses, ClusterError when a process does not start.
 */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const accounts = makeAccounts(options.accounts ?? 3);
  const variables = serverVariables(options, accounts);
  const config = loadConfig(variables);
  if (options.defect !== undefined) checkDefect(options.defect);
  const ingress = startIngressProcess(options, config);
  const watchers = new Set<() => void>();
  const instances = Array.from({ length: options.instances }, (_, index) => {
    const env = { ...outerEnvironment(), ...variables, HOST: '127.0.0.1', INSTANCE_ID: instanceName(index) };
    return new InstanceProcess(index, env, config.drain_grace_ms + EXIT_MARGIN_MS, {
      up: (which, port, pid) => ingress.call('up', which, port, pid),
      // An ingress that is gone routes nowhere.
      down: (which) => ingress.call('down', which).catch(() => undefined),
      changed: () => {
        for (const watcher of [...watchers]) watcher();
      },
    });
  });

  function instance(index: number): InstanceProcess {
    const found = instances[index];
    if (found !== undefined) return found;
    const range = instances.length === 1 ? 'only 0' : `0 to ${instances.length - 1}`;
    throw new ClusterError('no_instance', `There is no instance ${index}; accepted is ${range}.`);
  }

  /** Any instance that can answer for the store all of them share. */
  function anyInstance(): NonNullable<InstanceProcess['calls']> {
    for (const { calls } of instances) if (calls !== null) return calls;
    throw new ClusterError('no_instance', 'No instance is running that could answer; start one.');
  }

  let closing = false;
  const lost = ingress.exited.then(({ code, signal }) => {
    // Nothing waits for this in a cluster that is closed.
    if (closing) return new Promise<never>(() => undefined);
    const how = signal ?? `code ${code ?? 'none'}`;
    const said = ingress.stderr.trim();
    return new ClusterError(
      'ingress_lost',
      `The ingress exited (${how}); no request can arrive.${said && `\n${said}`}`,
    );
  });

  async function endProcesses(): Promise<void> {
    closing = true;
    await Promise.all(instances.map((each) => each.stop(CLOSE_GRACE_MS)));
    await ingress.end('SIGTERM', INGRESS_CLOSE_MS);
  }

  async function boot(): Promise<{ port: number; control: Awaited<ReturnType<typeof startControl>> }> {
    const [port] = await Promise.all([ingress.ready, ...instances.map((each) => each.start())]);
    return { port, control: await startControl(() => cluster, options.control_port ?? 0) };
  }

  let started: Awaited<ReturnType<typeof boot>>;
  const cluster: Cluster = {
    get url() {
      return `http://127.0.0.1:${started.port}`;
    },
    get control_url() {
      return started.control.url;
    },
    options,
    config,
    accounts,
    get instances() {
      return instances.map(({ index, port, pid, state }) => ({
        index,
        url: `http://127.0.0.1:${port ?? 0}`,
        pid,
        state,
      }));
    },
    kill: async (index) => instance(index).kill(),
    terminate: async (index) => instance(index).terminate(),
    pause: async (index) => instance(index).pause(),
    resume: async (index) => instance(index).resume(),
    start: async (index) => instance(index).start(),
    restart: async (index) => instance(index).restart(),
    arm: async (index, arming) => instance(index).arm(arming),
    until(index, state) {
      const watched = instance(index);
      return new Promise((resolve) => {
        const look = (): void => {
          if (watched.state !== state) return;
          watchers.delete(look);
          resolve();
        };
        watchers.add(look);
        look();
      });
    },
    async ownerOf(stream) {
      const owner = await anyInstance().call('ownerOf', stream);
      if (owner === null) return null;
      return {
        instance: instances.findIndex(({ index }) => instanceName(index) === owner.instance_id),
        epoch: owner.epoch,
      };
    },
    revokeKey: async (api_key_id) => anyInstance().call('revokeKey', api_key_id),
    createAccount: async () => anyInstance().call('createAccount'),
    ingress_pid: ingress.pid,
    lost,
    inspectStorage: (text) => findInFiles(options.dir, text),
    diagnosis: () => [
      ...instances.map(({ index, stderr }) => ({ name: instanceName(index), stderr })),
      { name: 'ingress', stderr: ingress.stderr },
    ],
    async close() {
      await started.control.close();
      await endProcesses();
    },
  };
  try {
    started = await boot();
  } catch (error) {
    await endProcesses();
    throw error;
  }
  return cluster;
}

function startIngressProcess(options: ClusterOptions, config: ServerConfig): Child<IngressCalls> {
  const ingress_options: IngressOptions = {
    routing: options.routing,
    instances: options.instances,
    heartbeat_ms: config.heartbeat_ms,
    // Behind the instances' own, which tells a reader that is over from one that is cut.
    stall_limit_ms: 2 * config.stall_limit_ms,
    port: options.port ?? 0,
    head_timeout_ms: config.headers_timeout_ms,
  };
  const env = { ...outerEnvironment(), INGRESS_OPTIONS: JSON.stringify(ingress_options) };
  return new Child<IngressCalls>('ingress', 'ingress/main', env, () => undefined);
}
