/** Reads back a JSON file that a run wrote. */
import type { z } from 'zod';
import { schemaProblems, type SchemaNode } from '../harness/config/schema-problems.ts';
import { UsageError } from '../harness/usage-error.ts';

/** How many wrong fields an error names. */
const PROBLEMS_SHOWN = 5;

export interface SavedFormat<T> {
  readonly schema: z.ZodType<T>;
  /** The same as JSON Schema. */
  readonly json_schema: SchemaNode;
  /** What the file should be: `a kill-matrix.json`. */
  readonly name: string;
  /** How to get a right one. */
  readonly remedy: string;
}

/** Fields of a later version are dropped. @throws UsageError that names the fields that are wrong. */
export function parseSaved<T>(text: string, source: string, { schema, json_schema, name, remedy }: SavedFormat<T>): T {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    throw new UsageError([{ field: source, found, accepted: name, remedy }]);
  }
  const parsed = schema.safeParse(document);
  if (parsed.success) return parsed.data;
  const problems = schemaProblems(parsed.error.issues, { document, schema: json_schema, name: source });
  throw new UsageError(
    problems.slice(0, PROBLEMS_SHOWN).map((problem) => ({ ...problem, remedy })),
    `${source} is not ${name} that this version can read:`,
  );
}
