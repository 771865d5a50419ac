import { readFileSync } from 'node:fs';
import t from 'tap';
import { DOCUMENTS } from './documents.ts';

for (const document of DOCUMENTS) {
  t.test(`${document.path} is what the code says (npm run generate)`, async (t) => {
    t.equal(readFileSync(new URL(`../${document.path}`, import.meta.url), 'utf8'), document.text());
  });
}
