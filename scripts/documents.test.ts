import { readFileSync } from 'node:fs';
import t from 'tap';
import { CHECKS } from '../conformance/index.ts';
import { ROWS, rowById } from '../spec/rows/index.ts';
import { DOCUMENTS } from './documents.ts';

for (const document of DOCUMENTS) {
  t.test(`${document.path} is what the code says (npm run generate)`, async (t) => {
    t.equal(readFileSync(new URL(`../${document.path}`, import.meta.url), 'utf8'), document.text());
  });
}

t.test('every row is judged or says why not, and every check cites rows that exist', async (t) => {
  const cited = new Set(CHECKS.flatMap(({ rows }) => rows));
  for (const id of cited) t.equal(rowById(id).id, id);
  for (const { id, excluded } of ROWS) t.equal(excluded === undefined, cited.has(id), id);
});
