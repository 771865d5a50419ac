/** One logical reader: what all kinds have in common. */
import type { NeverAttached } from '../../metrics/measures.ts';

export interface LoadReader {
  /** Resolves when it has read the end of its stream, or the load is over. */
  run(): Promise<void>;
  /** Publishing is over: who wanted to come later comes now. */
  join(): void;
  /** Ends what it has open and does not come back. */
  close(): void;
  /** Non-null while it wants a stream and has none. */
  waiting(): NeverAttached | null;
}
