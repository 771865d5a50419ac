/** Starting a module of ours as a worker thread, from source under tsx as well as built. */
import { extname } from 'node:path';
import { Worker, type WorkerOptions } from 'node:worker_threads';

/** `name` without extension, beside the module whose `import.meta.url` is given. */
export function startWorker(name: string, beside: string, options: WorkerOptions): Worker {
  const extension = extname(beside);
  // Nothing is said otherwise: a worker inherits the process's own arguments, but refuses some that it is given.
  const loader = extension === '.ts' && !loadsTypeScript() ? { execArgv: [tsxForWorkers()] } : {};
  return new Worker(new URL(`${name}${extension}`, beside), { ...loader, ...options });
}

/** Node 22.18 and later strip types themselves, in workers too. */
function loadsTypeScript(): boolean {
  return Boolean((process.features as { typescript?: unknown }).typescript);
}

/** `--import=tsx`, which a worker inherits, registers its loader on the main thread only. */
function tsxForWorkers(): string {
  const register = `import { register } from ${JSON.stringify(import.meta.resolve('tsx/esm/api'))}; register();`;
  return `--import=data:text/javascript,${encodeURIComponent(register)}`;
}
