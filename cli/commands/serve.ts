/** Runs the reference cluster until it is told to stop. */
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { stringify } from 'yaml';
import { makeFolder, probeFile } from '../../harness/make-folder.ts';
import { SELF_VARIABLES } from '../../proof/self.ts';
import { VARIABLES } from '../../reference-server/config-variables.ts';
import { startCluster, type Cluster } from '../../reference-server/cluster/supervisor.ts';
import { clusterConfig } from '../../reference-server/cluster/write-config.ts';
import { BACKENDS } from '../../reference-server/stores/backends.ts';
import type { CommandInput, CommandResult } from '../command.ts';
import { integer, oneOf, text } from '../options.ts';
import { bootProblem } from '../boot-problem.ts';
import { unwritable } from '../unwritable.ts';

/** Decided by options, so a variable of the caller's cannot contradict them. */
const BY_OPTION = new Set([
  'HOST',
  'PORT',
  'INSTANCE_ID',
  'INSTANCES',
  'STREAM_STORE_BACKEND',
  'LOCK_BACKEND',
  'SQLITE_PATH',
  'API_KEYS',
]);
/** As where the product itself breaks: 1 would read as a requirement that failed. */
const BROKEN = 3;
const MAX_INSTANCES = 64;
const MAX_PORT = 65_535;

export async function run({ options, signal, terminal }: CommandInput): Promise<CommandResult> {
  const store = oneOf(options, 'store', BACKENDS, 'sqlite');
  const volatile = store === 'memory';
  const instances = integer(options, 'instances', { min: 1, max: MAX_INSTANCES, fallback: volatile ? 1 : 3 });
  const routing = oneOf(options, 'routing', ['sticky', 'round-robin'], volatile ? 'sticky' : 'round-robin');
  const port = integer(options, 'port', { min: 0, max: MAX_PORT, fallback: 8080 });
  const control_port = integer(options, 'controlPort', { min: 0, max: MAX_PORT, fallback: 0 });
  const dir = resolve(text(options, 'dir') ?? 'streamproof-data');
  const defect = text(options, 'defect');
  const config = text(options, 'writeConfig');
  if (config !== undefined) await probeFile(resolve(config)).catch(unwritable('--write-config'));
  await using cluster = closing(
    await startCluster({
      store,
      instances,
      routing,
      port,
      control_port,
      dir,
      env: { ...SELF_VARIABLES, ...callersVariables() },
      ...(defect === undefined ? {} : { defect }),
    }).catch((error: unknown) => {
      throw bootProblem(error);
    }),
  );
  if (config !== undefined) await writeConfig(resolve(config), cluster);
  terminal.out(`ready ${cluster.url}\n`);
  terminal.err(describe(cluster, dir, config));
  const lost = await Promise.race([stopAsked(signal), cluster.lost]);
  terminal.err(lost === null ? 'stopping\n' : `streamproof: ${lost.message}\nstopping the instances\n`);
  return { exit_code: lost === null ? 0 : BROKEN };
}

async function writeConfig(file: string, cluster: Cluster): Promise<void> {
  await makeFolder(dirname(file))
    // It holds API keys.
    .then(() => writeFile(file, stringify(clusterConfig(cluster)), { mode: 0o600 }))
    .catch(unwritable('--write-config'));
}

async function stopAsked(signal: AbortSignal): Promise<null> {
  if (!signal.aborted) await once(signal, 'abort');
  return null;
}

function closing(cluster: Cluster): Cluster & AsyncDisposable {
  return Object.assign(cluster, { [Symbol.asyncDispose]: () => cluster.close() });
}

/** Variables of `.env.example` that the caller has set: they win over the short times of a judged cluster. */
function callersVariables(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).filter(
      (entry): entry is [string, string] => entry[0] in VARIABLES && !BY_OPTION.has(entry[0]) && entry[1] !== undefined,
    ),
  );
}

function describe(cluster: Cluster, dir: string, config: string | undefined): string {
  const { instances, routing, store, defect } = cluster.options;
  const account = cluster.accounts[0];
  return [
    `${instances} instance${instances === 1 ? '' : 's'} on ${store}, routing ${routing}` +
      (defect === undefined ? '' : `, with the defect ${defect}`),
    ...(store === 'memory' ? [] : [`data    ${dir}`]),
    `control ${cluster.control_url} (this machine only)`,
    `process ${cluster.ingress_pid} ingress, ${cluster.instances.map(({ pid }) => pid).join(' ')} instances`,
    ...(account === undefined ? [] : [`key     ${account.key} (account ${account.account_id})`]),
    ...(config === undefined ? [] : [`config  ${config}   streamproof conform --config ${config}`]),
    'Ctrl-C stops it.',
    '',
  ].join('\n');
}
