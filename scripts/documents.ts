/** Files that are generated from code: `npm run generate` writes them, `documents.test.ts` finds drift. */
import { CHECKS } from '../conformance/index.ts';
import { configJsonSchema } from '../harness/config/schema.ts';
import { envExample } from '../reference-server/config.ts';
import { resultJsonSchema } from '../reports/result-schema.ts';
import { renderSpec } from '../spec/document.ts';
import { ROWS } from '../spec/rows/index.ts';

export interface Document {
  /** From the repository's root. */
  readonly path: string;
  text(): string;
}

export const DOCUMENTS: readonly Document[] = [
  {
    path: 'SPEC.md',
    text: () =>
      renderSpec(ROWS, (row) => CHECKS.filter((check) => check.rows.includes(row.id)).map((check) => check.id)),
  },
  { path: '.env.example', text: envExample },
  { path: 'schemas/config.schema.json', text: () => `${JSON.stringify(configJsonSchema(), null, 2)}\n` },
  { path: 'schemas/result.schema.json', text: () => `${JSON.stringify(resultJsonSchema(), null, 2)}\n` },
];
