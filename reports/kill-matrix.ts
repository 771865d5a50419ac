/** `kill-matrix.json`: which mutants each check was seen to kill, as far as a report tells it. */
import * as z from 'zod';
import { UsageError } from '../harness/usage-error.ts';

export interface KillMatrix {
  /** Its summary: how many mutants were killed by name, how many checks have a killer, … */
  readonly line: string;
  /** Nothing survived, nothing is unproved, nobody was blamed. */
  readonly complete: boolean;
  /** Names of the mutants that a check killed by name, by check id. */
  readonly killed: Readonly<Record<string, readonly string[]>>;
}

const schema = z.object({
  schema: z.literal('streamproof.kill-matrix/1'),
  rows: z.array(
    z.object({
      name: z.string(),
      verdict: z.object({ killed_by: z.string(), killed: z.boolean() }).nullable(),
    }),
  ),
  complete: z.boolean(),
  line: z.string(),
});

/** @throws UsageError that names what is wrong. */
export function parseKillMatrix(text: string, source: string): KillMatrix {
  const remedy = 'Write it again with npm run kill-matrix.';
  const accepted = 'a kill-matrix.json (schema streamproof.kill-matrix/1)';
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UsageError([
      { field: source, found: error instanceof Error ? error.message : String(error), accepted, remedy },
    ]);
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const found = `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`;
    throw new UsageError([{ field: source, found, accepted, remedy }]);
  }
  const { line, complete, rows } = parsed.data;
  const killed = new Map<string, string[]>();
  for (const { name, verdict } of rows) {
    if (verdict?.killed === true) killed.set(verdict.killed_by, [...(killed.get(verdict.killed_by) ?? []), name]);
  }
  return { line, complete, killed: Object.fromEntries(killed) };
}
