import type { RunResult } from '../harness/result.ts';
import type { Row } from '../spec/row.ts';

/** What a report needs beside the result. Everything but the rows is optional. */
export interface ReportContext {
  readonly rows: readonly Row[];
  /** Terminal only: ANSI colours. Default false. */
  readonly colour?: boolean | undefined;
  /** Terminal only: columns. Default 100. */
  readonly width?: number | undefined;
  /** Names of the mutants that each check is proved to kill, by check id. */
  readonly mutants?: Readonly<Record<string, readonly string[]>> | undefined;
  /** The run to compare with. */
  readonly previous?: RunResult | undefined;
}

/** A pure function: the same result and context give the same text, nothing is read or written. */
export type Reporter = (result: RunResult, context: ReportContext) => string;
