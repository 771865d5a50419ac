import t from 'tap';
import { CAPABILITIES } from '../capabilities.ts';
import { SECTIONS, sectionOf } from '../row.ts';
import { ROWS, rowById } from './index.ts';

t.test('ids are unique, well formed and numbered within their section', async (t) => {
  const seen = new Set<string>();
  for (const row of ROWS) {
    t.match(row.id, /^[A-Z]{3}-\d{2}$/, row.id);
    t.ok(sectionOf(row.id) in SECTIONS, `${row.id} belongs to a known section`);
    t.notOk(seen.has(row.id), `${row.id} stands once`);
    seen.add(row.id);
  }
});

t.test('every row can be acted on', async (t) => {
  for (const row of ROWS) {
    t.ok(Object.keys(row.mend).length > 0, `${row.id} says how to mend it`);
    t.ok(row.source.length > 0, `${row.id} names its source`);
    t.match(row.text, /[.)]$/, `${row.id} is a sentence`);
    t.match(row.why, /\.$/, `${row.id} says why in a sentence`);
  }
});

t.test('what is only our choice binds nobody who did not declare it', async (t) => {
  for (const row of ROWS) {
    const onlyOurs = row.source.every((source) => source === 'ours');
    if (onlyOurs && row.excluded === undefined) {
      t.ok(row.capability !== undefined && row.capability in CAPABILITIES, `${row.id} rests on a capability`);
    }
  }
});

t.test('an unknown id is an error, not an empty row', async (t) => {
  t.equal(rowById('TRN-01').level, 'MUST');
  t.throws(() => rowById('TRN-99'), { message: 'no requirement row has the id TRN-99' });
});
