/** Turns the `hooks` of a config (commands, requests, functions) into the Hooks a check calls. */
import { exec } from 'node:child_process';
import { promisify } from 'node:util';
import { z } from 'zod';
import type { Account, HookName, Hooks } from '../target.ts';
import { HOOK_TIMEOUT_MS } from '../timeouts.ts';
import { fillCommand, fillUrl, type PlaceholderValues } from './placeholders.ts';
import type { Config, HookConfig } from './schema.ts';

/** A hook did not do what it is for; the check that called it is inconclusive. */
export class HookError extends Error {
  override readonly name = 'HookError';
}

const owner = z.object({ instance: z.number().int(), epoch: z.number().int() }).nullable();
const accountAnswer = z.object({
  account_id: z.string(),
  api_key_id: z.string(),
  key: z.string(),
  other_keys: z.array(z.object({ api_key_id: z.string(), key: z.string() })).default([]),
});
const files = z.union([z.array(z.string()), z.object({ files: z.array(z.string()) })]);

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
  if (typeof entry === 'function') return async (_values, args) => entry(...args);
  if ('run' in entry) return async (values) => runCommand(name, fillCommand(entry.run, values));
  if ('post' in entry) {
    return async (values, _args, body) => runRequest(name, 'POST', fillUrl(entry.post, values), body);
  }
  return async (values) => runRequest(name, 'GET', fillUrl(entry.get, values), undefined);
}

async function runCommand(name: HookName, command: string): Promise<unknown> {
  try {
    const { stdout } = await promisify(exec)(command, { timeout: HOOK_TIMEOUT_MS });
    return jsonOrText(stdout.trim());
  } catch (error) {
    throw new HookError(`hooks.${name}: ${error instanceof Error ? error.message.trim() : String(error)}`, {
      cause: error,
    });
  }
}

async function runRequest(name: HookName, method: string, url: string, body: unknown): Promise<unknown> {
  const init =
    body === undefined ? {} : { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } };
  try {
    const response = await fetch(url, { method, signal: AbortSignal.timeout(HOOK_TIMEOUT_MS), ...init });
    const text = await response.text();
    if (!response.ok) throw new Error(`${String(response.status)} ${text.slice(0, 200)}`);
    return jsonOrText(text);
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? ` (${error.cause.message})` : '';
    throw new HookError(`hooks.${name}: ${method} ${url}: ${String(error)}${cause}`, { cause: error });
  }
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
  throw new HookError(
    `hooks.${name} answered ${JSON.stringify(answer).slice(0, 200)}: ${z.prettifyError(parsed.error)}`,
  );
}
