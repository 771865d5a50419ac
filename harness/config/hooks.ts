/** Turns the `hooks` of a config (commands, requests, functions) into the Hooks a check calls. */
import { exec, type ExecException } from 'node:child_process';
import { z } from 'zod';
import type { Account, HookName, Hooks } from '../target.ts';
import { HOOK_TIMEOUT_MS } from '../timeouts.ts';
import { fillCommand, fillUrl, type PlaceholderValues } from './placeholders.ts';
import { redactText } from './redact-document.ts';
import type { Config, HookConfig } from './schema.ts';

/** A hook did not do what it is for; the check that called it is inconclusive. */
export class HookError extends Error {
  override readonly name = 'HookError';
}

/** So much of what a hook says of its failure is told. */
const TOLD_CHARACTERS = 200;

const owner = z.object({ instance: z.number().int(), epoch: z.number().int() }).nullable();
const accountAnswer = z.object({
  account_id: z.string(),
  api_key_id: z.string(),
  key: z.string(),
  other_keys: z.array(z.object({ api_key_id: z.string(), key: z.string() })).default([]),
});
const files = z.union([z.array(z.string()), z.object({ files: z.array(z.string()) })]);

/**
 * The hook after `before`. Whatever it throws (a function of a config, a process that does not come up) is a HookError:
 * it is the target that refuses, not the harness that fails.
 */
export function guarded<Name extends HookName>(
  name: Name,
  hook: Hooks[Name],
  before: (argument: unknown) => void,
): Hooks[Name] {
  const call = async (...args: readonly unknown[]): Promise<unknown> => {
    before(args[0]);
    return refusing(name, () => (hook as (...args: readonly unknown[]) => Promise<unknown>)(...args));
  };
  return call as Hooks[Name];
}

async function refusing<Value>(name: HookName, run: () => Promise<Value>): Promise<Value> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof HookError) throw error;
    throw new HookError(`hooks.${name}${told(error instanceof Error ? error.message : String(error))}`);
  }
}

export function hooksFrom(config: Config['hooks']): Partial<Hooks> {
  /** A hook by name; `call` gets a function that runs it and hands back its answer. */
  function bind<Name extends HookName>(name: Name, call: (run: Runner) => Hooks[Name]): Partial<Hooks> {
    const entry = config[name];
    return entry === undefined ? {} : { [name]: call(runnerOf(name, entry)) };
  }
  const onInstance = (run: Runner) => async (instance: number) => {
    await run({ instance: String(instance) }, [instance]);
  };
  return {
    ...bind('start', onInstance),
    ...bind('kill', onInstance),
    ...bind('terminate', onInstance),
    ...bind('pause', onInstance),
    ...bind('resume', onInstance),
    ...bind('ownerOf', (run) => async (stream) => read('ownerOf', owner, await run({ stream }, [stream]))),
    ...bind('revokeKey', (run) => async (api_key_id) => {
      await run({ api_key_id }, [api_key_id]);
    }),
    ...bind('createAccount', (run) => async (): Promise<Account> => {
      return read('createAccount', accountAnswer, await run({}, []));
    }),
    ...bind('arm', (run) => async (instance, arming) => {
      await run({ instance: String(instance) }, [instance, arming], arming);
    }),
    ...bind('inspectStorage', (run) => async (needle) => {
      const answer = await run({ needle }, [needle]);
      const parsed = typeof answer === 'string' ? answer.split('\n').filter((line) => line !== '') : answer;
      const found = read('inspectStorage', files, parsed);
      return 'files' in found ? found.files : found;
    }),
  };
}

/** `body` goes to a POST as JSON; a function gets `args`. The answer is parsed JSON, or text when it is none. */
type Runner = (values: PlaceholderValues, args: readonly unknown[], body?: unknown) => Promise<unknown>;

function runnerOf(name: HookName, entry: HookConfig): Runner {
  if (typeof entry === 'function') return async (_values, args) => refusing(name, async () => entry(...args));
  if ('run' in entry) return async (values) => runCommand(name, fillCommand(entry.run, values));
  if ('post' in entry) {
    return async (values, _args, body) => runRequest(name, 'POST', fillUrl(entry.post, values), body);
  }
  return async (values) => runRequest(name, 'GET', fillUrl(entry.get, values), undefined);
}

async function runCommand(name: HookName, command: string): Promise<unknown> {
  const ended = await new Promise<Ended>((resolve) => {
    exec(command, { timeout: HOOK_TIMEOUT_MS }, (error, stdout, stderr) => {
      resolve({ error, stdout, stderr });
    });
  });
  if (ended.error === null) return jsonOrText(ended.stdout.trim());
  throw new HookError(`hooks.${name}: the command ended with ${howEnded(ended.error)}${told(ended.stderr)}`);
}

interface Ended {
  readonly error: ExecException | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Not the error's message: it quotes the whole command, with what `${NAME}` stands for. */
function howEnded({ code, signal, killed }: ExecException): string {
  if (killed === true) return `${signal ?? 'an end'} after ${String(HOOK_TIMEOUT_MS)} ms`;
  return signal ?? `exit code ${String(code)}`;
}

/** What a hook said of its failure, as far as it is short; known secrets are taken out where results are written. */
function told(text: string): string {
  // Before it is cut: of a URL that is cut within its password nobody sees what it is.
  const shown = redactText(text.trim());
  const clipped = shown.length > TOLD_CHARACTERS ? `${shown.slice(0, TOLD_CHARACTERS)}…` : shown;
  return clipped === '' ? '' : `: ${clipped}`;
}

/** Its errors name neither the URL nor the cause: both may hold what `${NAME}` stands for. */
async function runRequest(name: HookName, method: string, url: string, body: unknown): Promise<unknown> {
  const init =
    body === undefined ? {} : { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } };
  const answer = await fetch(url, { method, signal: AbortSignal.timeout(HOOK_TIMEOUT_MS), ...init })
    .then(async (response) => ({ response, text: await response.text() }))
    .catch((error: unknown) => {
      throw new HookError(`hooks.${name}: ${method}: ${whyUnanswered(error)}`);
    });
  const { response, text } = answer;
  if (!response.ok) throw new HookError(`hooks.${name}: ${method} met ${String(response.status)}${told(text)}`);
  return jsonOrText(text);
}

function whyUnanswered(error: unknown): string {
  if (!(error instanceof Error)) return 'no answer';
  if (error.name === 'TimeoutError') return `no answer within ${String(HOOK_TIMEOUT_MS)} ms`;
  return error.cause instanceof Error ? error.cause.message : 'the request could not be sent';
}

function jsonOrText(text: string): unknown {
  if (text === '') return null;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // Not JSON: a command that prints plain lines.
    return text;
  }
}

function read<Value>(name: HookName, schema: z.ZodType<Value>, answer: unknown): Value {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  // Which member is wrong and why, but none of the values: keys are among them.
  throw new HookError(`hooks.${name} answered what it should not: ${z.prettifyError(parsed.error)}`);
}
