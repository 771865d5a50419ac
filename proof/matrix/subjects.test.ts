import t from 'tap';
import { CHECKS } from '../../conformance/index.ts';
import { SUBJECTS } from './subjects.ts';

t.test('a subject is found by its name alone', (t) => {
  const names = SUBJECTS.map(({ name }) => name);
  t.same(
    names.filter((name, index) => names.indexOf(name) !== index),
    [],
  );
  t.end();
});

t.test('every check is named by a mutant, and every mutant names a check', (t) => {
  const named = new Set(SUBJECTS.flatMap(({ killed_by }) => killed_by ?? []));
  const checks = new Set(CHECKS.map(({ id }) => id));
  t.same(
    [...checks].filter((id) => !named.has(id)),
    [],
    'unnamed checks',
  );
  t.same(
    [...named].filter((id) => !checks.has(id)),
    [],
    'unknown checks',
  );
  t.ok(SUBJECTS.filter(({ killed_by }) => killed_by !== null).length >= 60);
  t.end();
});
