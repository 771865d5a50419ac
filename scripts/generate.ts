/** Writes every generated document. */
import { writeFileSync } from 'node:fs';
import { DOCUMENTS } from './documents.ts';

for (const document of DOCUMENTS) {
  writeFileSync(new URL(`../${document.path}`, import.meta.url), document.text());
}
