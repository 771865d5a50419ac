/** The target a command line names: a URL, a config, or the reference server booted for it. */
import { resolve } from 'node:path';
import type { JsonValue } from '../spec/wire.ts';
import { createTranscriber } from '../harness/client/transcriber.ts';
import { buildTarget } from '../harness/config/build-target.ts';
import { loadConfig, parseConfig, type LoadedConfig } from '../harness/config/load-config.ts';
import type { Config } from '../harness/config/schema.ts';
import { findConfig } from '../harness/config/read-document.ts';
import { launch } from '../harness/launch/launcher.ts';
import type { Target } from '../harness/target.ts';
import { suggest, UsageError } from '../harness/usage-error.ts';
import { BACKENDS } from '../reference-server/stores/backends.ts';
import type { CommandInput } from './command.ts';
import { maskHeader } from './command-line.ts';
import { flag, headers, oneOf, overrideHeaders, text } from './options.ts';

export interface OpenedTarget extends AsyncDisposable {
  readonly target: Target;
  /** Config without secrets. */
  readonly shown: JsonValue;
  /** The options that name the same target again. */
  readonly replay: readonly string[];
  /** The config's budgets, as written. */
  readonly thresholds: Config['thresholds'];
  /** Known by its URL alone. */
  readonly bare: boolean;
}

export interface TargetArgument {
  /** As given; null: this command takes none. */
  readonly url: string | null | undefined;
  /** A command line that names a target. */
  readonly example: string;
}

/** Boots or starts what has to be; disposing ends it. @throws UsageError when no target, or more than one, is named. */
export async function openTarget(
  { options, signal }: Pick<CommandInput, 'options' | 'signal'>,
  argument: TargetArgument,
): Promise<OpenedTarget> {
  const url = argument.url ?? undefined;
  const path = text(options, 'config');
  if (flag(options, 'self')) {
    if (url !== undefined || path !== undefined) {
      throw usage('--self', url ?? path ?? '', 'no other target beside it', 'Leave one of them out.');
    }
    if (Object.keys(headers(options, 'header')).length > 0) {
      const remedy =
        'Leave it out; the requests to the reference server are signed with the keys that it was booted with.';
      throw usage('--header', 'a header beside --self', 'with a URL or a config only', remedy);
    }
    return openSelf(options);
  }
  for (const option of ['store', 'defect']) {
    const value = text(options, option);
    if (value !== undefined) throw usage(`--${option}`, value, 'with --self only', 'Add --self, or leave it out.');
  }
  const given = headers(options, 'header');
  const shownHeaders = Object.entries(given).flatMap(([name, value]) => ['-H', maskHeader(`${name}: ${value}`)]);
  if (url !== undefined && path === undefined) {
    const loaded = parseConfig({ url, headers: escapeVariables(given) }, 'the URL');
    return fromConfig(loaded, signal, [url, ...shownHeaders], true);
  }
  const file = path === undefined ? await findConfig(process.cwd()) : resolve(path);
  if (file === null) {
    const [no_url, a_url] = argument.url === null ? ['', ''] : ['no URL, ', 'a URL, '];
    throw usage(
      'target',
      `none: ${no_url}no --config, no streamproof.yaml here`,
      `${a_url}--config FILE or --self`,
      `For example: ${argument.example}`,
    );
  }
  const loaded = withOverrides(await loadConfig(file), url, given);
  const replay = [
    ...(url === undefined ? [] : [url]),
    ...(path === undefined ? [] : ['--config', path]),
    ...shownHeaders,
  ];
  return fromConfig(loaded, signal, replay, false);
}

async function fromConfig(
  { config, shown, filled_in }: LoadedConfig,
  signal: AbortSignal,
  replay: readonly string[],
  bare: boolean,
): Promise<OpenedTarget> {
  // Without its processes yet, but with every secret that they could print.
  const transcriber = createTranscriber(buildTarget(config, {}, filled_in));
  const hide = (said: string): string => transcriber.text(said);
  const launched = config.start === undefined ? null : await launch(config, config.start, { signal, hide });
  return {
    target: buildTarget(config, launched?.hooks, filled_in),
    shown,
    replay,
    thresholds: config.thresholds,
    bare,
    [Symbol.asyncDispose]: async () => launched?.[Symbol.asyncDispose](),
  };
}

async function openSelf(options: CommandInput['options']): Promise<OpenedTarget> {
  const store = oneOf(options, 'store', BACKENDS, 'sqlite');
  const defect = text(options, 'defect');
  if (defect !== undefined) {
    const { DEFECTS } = await import('../reference-server/defects/index.ts');
    const known = Object.keys(DEFECTS);
    if (!known.includes(defect)) {
      throw usage('--defect', defect, known.join(', '), suggest(defect, known, 'Take one of these.'));
    }
  }
  const { startSelf } = await import('../proof/self.ts');
  const self = await startSelf({ store, ...(defect === undefined ? {} : { defect }) }).catch(async (error: unknown) => {
    const { bootProblem } = await import('./boot-problem.ts');
    throw bootProblem(error);
  });
  return {
    target: self.target,
    shown: self.loaded.shown,
    replay: ['--self', '--store', store, ...(defect === undefined ? [] : ['--defect', defect])],
    thresholds: self.loaded.config.thresholds,
    bare: false,
    [Symbol.asyncDispose]: async () => self[Symbol.asyncDispose](),
  };
}

function withOverrides(loaded: LoadedConfig, url: string | undefined, given: Record<string, string>): LoadedConfig {
  const checked = url === undefined ? undefined : parseConfig({ url }, 'the URL').config.url;
  const config = {
    ...loaded.config,
    headers: overrideHeaders(loaded.config.headers, given),
    url: checked ?? loaded.config.url,
  };
  const shown = checked === undefined ? {} : { url: checked };
  return { ...loaded, config, shown: Object.assign({}, loaded.shown, shown) };
}

/** A header from the command line is taken as it is; the shell has filled in its variables already. */
function escapeVariables(given: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [name, value.replaceAll('${', '$${')]));
}

function usage(field: string, found: string, accepted: string, remedy: string): UsageError {
  return new UsageError([{ field, found, accepted, remedy }]);
}
