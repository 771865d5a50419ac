/** The ingress as a process of its own: on the load path, so it shares a core with nobody by accident. */
import { answerCalls, report, type IngressCalls } from '../calls.ts';
import { startIngress, type IngressOptions } from './ingress.ts';

const pids = new Map<number, number>();

/** The supervisor is gone: a stopped instance must wake, or it never learns of it. */
function wakeInstances(): void {
  for (const pid of pids.values()) {
    try {
      process.kill(pid, 'SIGCONT');
    } catch (error) {
      // It has exited already, which is all that is wanted.
      if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
    }
  }
}

async function run(): Promise<void> {
  process.once('disconnect', () => {
    wakeInstances();
    process.exit(1);
  });
  // Ctrl-C reaches the whole group; the ingress leaves last, when the supervisor says so.
  process.on('SIGINT', () => undefined);
  const ingress = await startIngress(JSON.parse(process.env['INGRESS_OPTIONS'] ?? '{}') as IngressOptions);
  process.once('SIGTERM', () => {
    void ingress.close().then(() => process.exit(0));
  });
  answerCalls<IngressCalls>({
    up: async (index, port, pid) => {
      pids.set(index, pid);
      ingress.up(index, port);
    },
    down: async (index) => {
      pids.delete(index);
      ingress.down(index);
    },
  });
  await report({ type: 'ready', port: ingress.port });
}

await run().catch(async (error: unknown) => {
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'error';
  process.stderr.write(`ingress: ${message}\n`);
  await report({ type: 'failed', code, message: `The ingress cannot start: ${message}` });
  process.exit(code === 'EADDRINUSE' ? 2 : 1);
});
