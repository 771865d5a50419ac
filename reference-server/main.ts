/**
 * One instance as a process: configuration from the environment, the server, the signals. Exit codes: 0 drained,
 * 1 something broke, 2 it cannot start as it is configured.
 */
import { createAgent, type Agent } from './cluster/agent.ts';
import { report } from './cluster/calls.ts';
import { ConfigError, loadConfig } from './config.ts';
import type { Compose } from './seams.ts';
import { createServer } from './server.ts';
import { StoreOpenError } from './stores/errors.ts';

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

/** A defect by name, inside of everything the supervisor adds. */
function composition(agent: Agent | null): Compose {
  return (healthy) => {
    return agent === null ? healthy : agent.compose(healthy);
  };
}

async function run(): Promise<void> {
  const stopped = stopSignal();
  const supervised = process.send !== undefined;
  // Without its supervisor an instance has no purpose, and nobody who would end it.
  if (supervised) process.once('disconnect', () => process.exit(1));
  const agent = supervised ? createAgent() : null;
  const server = await createServer(loadConfig(), composition(agent));
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
