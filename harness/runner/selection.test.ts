import t from 'tap';
import { passing, row } from '../test-support/run-options.ts';
import { UsageError } from '../usage-error.ts';
import { select } from './selection.ts';

const ROWS = [
  row('TRN-01', { sets: ['s4-phase-0'] }),
  row('TRN-02'),
  row('RPL-01', { sets: ['s4-phase-1'] }),
  row('DUR-09', { excluded: 'nobody can see it' }),
];
const CHECKS = [
  passing('headers', { rows: ['TRN-01', 'TRN-02'] }),
  passing('resume-one', { rows: ['RPL-01'] }),
  passing('resume-many', { rows: ['RPL-01', 'TRN-02'] }),
];

function chosen(only: readonly string[], skip: readonly string[] = []): string[] {
  return select(CHECKS, ROWS, { only, skip }).map(({ id }) => id);
}

t.test('a pattern is a check, a row, a section, a row set or a glob over them', async (t) => {
  t.same(chosen([]), ['headers', 'resume-one', 'resume-many']);
  t.same(chosen(['headers']), ['headers']);
  t.same(chosen(['TRN-02']), ['headers', 'resume-many']);
  t.same(chosen(['rpl']), ['resume-one', 'resume-many']);
  t.same(chosen(['s4-phase-1']), ['resume-one', 'resume-many']);
  t.same(chosen(['resume-*']), ['resume-one', 'resume-many']);
  t.same(chosen(['RPL-0?', 'TRN'], ['resume-one']), ['headers', 'resume-many']);
  t.same(chosen([], ['TRN*']), ['resume-one']);
});

t.test('an unknown pattern is refused with the nearest name', async (t) => {
  const cases: [string[], string[], RegExp][] = [
    [['resume-on'], [], /--only: found "resume-on".*"resume-one"/],
    [[], ['heders'], /--skip: found "heders".*"headers"/],
    [['TRN-03'], [], /"TRN-01"|"TRN-02"/],
    [['headers.'], [], /matches nothing/],
    [['DUR-09'], [], /a requirement without a check \(nobody can see it\)/],
  ];
  for (const [only, skip, message] of cases) {
    t.throws(() => chosen(only, skip), { name: 'UsageError', message }, JSON.stringify([only, skip]));
  }
});

t.test('an empty selection is an error', async (t) => {
  t.throws(() => chosen(['headers'], ['headers']), UsageError);
  t.throws(() => chosen(['headers'], ['headers']), /without a single check/);
});
