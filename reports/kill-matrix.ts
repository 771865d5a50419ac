/** `kill-matrix.json`: which mutants each check was seen to kill, as far as a report tells it. */
import * as z from 'zod';
import type { SchemaNode } from '../harness/config/schema-problems.ts';
import { parseSaved } from './parse-saved.ts';

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
  const { line, complete, rows } = parseSaved(text, source, {
    schema,
    json_schema: z.toJSONSchema(schema) as SchemaNode,
    name: 'a kill-matrix.json (schema streamproof.kill-matrix/1)',
    remedy: 'Write it again with npm run kill-matrix.',
  });
  const killed = new Map<string, string[]>();
  for (const { name, verdict } of rows) {
    if (verdict?.killed === true) killed.set(verdict.killed_by, [...(killed.get(verdict.killed_by) ?? []), name]);
  }
  return { line, complete, killed: Object.fromEntries(killed) };
}
