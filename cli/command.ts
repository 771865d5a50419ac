/** What a command is: data for the parser and the help, and a function that is loaded only when it runs. */

export interface OptionSpec {
  /** As commander reads it: `--seed <n>`. */
  readonly flags: string;
  readonly description: string;
  /** May be given several times; its value is the list. (A variadic option would swallow the arguments after it.) */
  readonly repeatable?: true;
}

export interface CommandSpec {
  readonly name: string;
  readonly summary: string;
  /** As commander reads them: `[url]`, `<row>`. */
  readonly arguments?: readonly { readonly name: string; readonly description: string }[];
  readonly options: readonly OptionSpec[];
  /** Whole command lines, shown under --help. */
  readonly examples: readonly string[];
  readonly load: () => Promise<{ readonly run: CommandFunction }>;
}

export interface CommandInput {
  readonly arguments: readonly (string | undefined)[];
  readonly options: Readonly<Record<string, unknown>>;
  /** Aborted by Ctrl-C: end what runs, write what there is. */
  readonly signal: AbortSignal;
  readonly terminal: Terminal;
  /** The command line as it may be shown: without secrets. */
  readonly command_line: string;
}

/** Where a command writes. `out` is its product, `err` its progress and problems. */
export interface Terminal {
  out(text: string): void;
  err(text: string): void;
  /** `err` is a terminal whose last line may be rewritten. */
  readonly live: boolean;
  readonly colour: boolean;
  readonly width: number;
}

export interface CommandResult {
  readonly exit_code: number;
}

export type CommandFunction = (input: CommandInput) => Promise<CommandResult>;
