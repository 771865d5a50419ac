import t from 'tap';
import { Random } from '../../spec/random.ts';
import { unknownStream } from './unknown-stream.ts';

/** Ids as servers make them, and what such a server takes for well-formed. */
const FORMS: readonly (readonly [like: string, wellFormed: RegExp])[] = [
  ['c6ef714d-f928-42f6-a997-422d073028e5', /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/],
  ['0199A0F3-7C21-7B11-9C44-6A3F00D2E991', /^[0-9A-F]{8}-[0-9A-F]{4}-7[0-9A-F]{3}-[89AB][0-9A-F]{3}-[0-9A-F]{12}$/],
  ['run-c6ef714d-f928-42f6-a997-422d073028e5', /^run-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-/],
  ['01ARZ3NDEKTSV4RRFFQ69G5FAV', /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/],
  ['507f1f77bcf86cd799439011', /^[0-9a-f]{24}$/],
  ['job_V1StGXR8Z5jdHi6BmyT', /^job_[0-9A-Za-z]{19}$/],
  ['9007199254740993123', /^[1-9]\d{18}$/],
];

for (const [like, wellFormed] of FORMS) {
  t.test(`another id like ${like}`, async (t) => {
    const random = new Random(5);
    const ids = Array.from({ length: 200 }, () => unknownStream({ random }, like));
    t.strictSame(
      ids.filter((id) => !wellFormed.test(id)),
      [],
    );
    t.equal(new Set([like, ...ids]).size, 201, 'none is that id, none comes twice');
  });
}

t.test('ids that are counted up stay numbers of 31 bits, far beyond those that are counted so far', async (t) => {
  const wrong: string[] = [];
  for (const [like, prefix] of [
    ['1', ''],
    ['999999999', ''],
    ['job_57', 'job_'],
  ] as const) {
    for (let seed = 1; seed <= 200; seed += 1) {
      const id = unknownStream({ random: new Random(seed) }, like);
      const number = Number(id.slice(prefix.length));
      const beyond = Number(like.slice(prefix.length)) + 100_000_000;
      if (!id.startsWith(prefix) || !(number >= beyond && number < 2 ** 31)) wrong.push(`${id}, like ${like}`);
    }
  }
  t.strictSame(wrong, []);
});

t.test('without an id of the target’s it is a UUID, the same from the same seed', async (t) => {
  const id = unknownStream({ random: new Random(1) });
  t.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  t.equal(id, unknownStream({ random: new Random(1) }));
  t.not(id, unknownStream({ random: new Random(2) }));
});
