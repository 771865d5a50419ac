import type { RunResult } from '../harness/result.ts';
import type { Row } from '../spec/row.ts';
import type { KillMatrix } from './kill-matrix.ts';

/** What a report needs beside the result. Everything but the rows is optional. */
export interface ReportContext {
  readonly rows: readonly Row[];
  /** Terminal only: ANSI colours. Default false. */
  readonly colour?: boolean | undefined;
  /** Terminal only: columns. Default 100. */
  readonly width?: number | undefined;
  /** What proves that the checks can fail. */
  readonly kill_matrix?: KillMatrix | undefined;
  /** The run to compare with. */
  readonly previous?: RunResult | undefined;
}

/** A pure function: the same result and context give the same text, nothing is read or written. */
export type Reporter = (result: RunResult, context: ReportContext) => string;
