/**
 * A check that throws its verdict may leave an operation behind that nobody awaits any more, and one that runs beside
 * the rest of its check may fail before it is awaited. Neither may cost the other checks their report.
 */
import { Unmet, Violation } from '../check.ts';
import { HookError } from '../config/hooks.ts';

/**
 * How such operations end: with a verdict (what is false in it is the check's own, CheckLab.violation), by the check's
 * end or an interruption, or because the target's hook refused. Every other rejection stays an error.
 */
export function tolerate(reason: unknown): void {
  if (reason instanceof Unmet || reason instanceof Violation || reason instanceof HookError) return;
  if (reason instanceof Error && reason.name === 'AbortError') return;
  throw reason;
}

/** For the life of the process: a hook may take longer than the run whose check has left it behind. */
export function tolerateLeftBehind(): void {
  if (!process.listeners('unhandledRejection').includes(tolerate)) process.on('unhandledRejection', tolerate);
}
