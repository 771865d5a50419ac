/**
 * One instance as a process: configuration from the environment, the server, the signals. Exit codes: 0 drained,
 * 1 something broke, 2 it cannot start as it is configured.
 */
import { createAgent } from './cluster/agent.ts';
import { report } from './cluster/calls.ts';
import { ConfigError, loadConfig, type ServerConfig } from './config.ts';
import type { Compose } from './seams.ts';
import { StoreOpenError } from './stores/errors.ts';
import { openConfigured } from './stores/open-store.ts';

const LISTEN_PROBLEMS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the port is in use; choose another PORT, or 0 for any free one',
  EACCES: 'this user may not listen there; choose a PORT above 1023',
  EADDRNOTAVAIL: 'this machine has no such address; choose another HOST',
};

function errorCode(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : 'error';
}

/** What a person is told, and how the process exits. */
function explain(error: unknown): { code: string; message: string; exit_code: 1 | 2 } {
  const code = errorCode(error);
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof ConfigError) return { code: 'bad_config', message, exit_code: 2 };
  if (error instanceof StoreOpenError) return { code, message, exit_code: 2 };
  const problem = LISTEN_PROBLEMS[code];
  if (problem !== undefined) return { code, message: `${message}: ${problem}.`, exit_code: 2 };
  return { code, message, exit_code: 1 };
}

async function fail(error: unknown): Promise<never> {
  const { code, message, exit_code } = explain(error);
  process.stderr.write(`${message}\n`);
  await report({ type: 'failed', code, message });
  process.exit(exit_code);
}

/** Resolves at the first SIGTERM or SIGINT; later ones change nothing, the drain has its own bound. */
function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const)
      process.on(signal, () => {
        resolve();
      });
  });
}

/** @throws ConfigError for a name that no defect has. */
async function namedDefect(config: ServerConfig): Promise<Compose> {
  const name = process.env['DEFECT'] ?? '';
  if (name === '') return (healthy) => healthy;
  const { checkDefect } = await import('./cluster/check-defect.ts');
  const { applyDefect } = await import('./defects/index.ts');
  checkDefect(name);
  return (healthy) => applyDefect(name, healthy, config);
}

async function run(): Promise<void> {
  const stopped = stopSignal();
  const supervised = process.send !== undefined;
  // Without its supervisor an instance has no purpose, and nobody who would end it.
  if (supervised) process.once('disconnect', () => process.exit(1));
  const agent = supervised ? createAgent() : null;
  const config = loadConfig();
  const broken = await namedDefect(config);
  // The store's thread comes up while the rest is loaded: a restart is over a quarter sooner.
  const opening = openConfigured(config);
  opening.catch(() => undefined);
  const { createServer } = await import('./server.ts');
  // The supervisor's wrappers outermost, so that a broken seam has the same pause points.
  const compose: Compose = (healthy) => (agent === null ? broken(healthy) : agent.compose(broken(healthy)));
  const server = await createServer(config, compose, opening);
  agent?.attach(server);
  const { port } = await server.listen();
  await report({ type: 'ready', port });
  await stopped;
  await server.drain();
  process.exit(0);
}

process.on('uncaughtException', (error) => {
  void fail(error);
});
await run().catch(fail);
