import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import {
  canonicalJson,
  CanonicalJsonError,
  elementTexts,
  JSON_LIMITS,
  memberText,
  payloadHash,
} from './canonical-json.ts';

/** Writes a value as JSON in one of its many texts: members in any order, blanks, escapes, number forms. */
function writeLoosely(value: unknown, pick: (count: number) => number): string {
  const blank = (): string => ['', ' ', '\n\t', '\r\n'][pick(4)] ?? '';
  const string = (text: string): string =>
    `"${[...Array(text.length).keys()]
      .map((index) =>
        pick(3) === 0
          ? `\\u${text.charCodeAt(index).toString(16).padStart(4, '0')}`
          : JSON.stringify(text[index]).slice(1, -1),
      )
      .join('')}"`;
  const number = (given: number): string => {
    const text = Object.is(given, -0) ? '-0' : String(given);
    const zero = text.includes('.') || text.includes('e') ? '' : '.000';
    return [text, text.includes('e') ? text : `${text}${zero}e0`, text.replace('e', 'E')][pick(3)] ?? text;
  };
  const write = (given: unknown): string => {
    if (typeof given === 'string') return string(given);
    if (typeof given === 'number') return number(given);
    if (Array.isArray(given)) return `[${given.map((item) => blank() + write(item) + blank()).join(',')}${blank()}]`;
    if (typeof given !== 'object' || given === null) return String(given);
    const entries = Object.entries(given).map(([key, item]) => `${blank()}${string(key)}${blank()}:${write(item)}`);
    for (let index = entries.length - 1; index > 0; index -= 1) {
      const other = pick(index + 1);
      [entries[index], entries[other]] = [entries[other] ?? '', entries[index] ?? ''];
    }
    return `{${entries.join(`${blank()},`)}${blank()}}`;
  };
  return blank() + write(value) + blank();
}

const anyJson = fc.jsonValue({ maxDepth: 4, stringUnit: 'binary' });

t.test('every way to write a value has one canonical text, which is that value', async () => {
  fc.assert(
    fc.property(anyJson, fc.infiniteStream(fc.nat()), (value, numbers) => {
      const pick = (count: number): number => Number(numbers.next().value) % count;
      const canonical = canonicalJson(writeLoosely(value, pick));
      assert.equal(canonical, canonicalJson(JSON.stringify(value)));
      assert.equal(canonicalJson(canonical), canonical, 'idempotent');
      // -0 is 0 here, as in JSON.stringify.
      assert.deepEqual(JSON.parse(canonical), JSON.parse(JSON.stringify(value)));
    }),
    { numRuns: 500 },
  );
});

t.test('different values have different texts', async () => {
  fc.assert(
    fc.property(anyJson, anyJson, (one, other) => {
      const sorted = (value: unknown): string =>
        JSON.stringify(value, (_key, member: unknown) =>
          typeof member === 'object' && member !== null && !Array.isArray(member)
            ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
            : member,
        );
      assert.equal(
        canonicalJson(JSON.stringify(one)) === canonicalJson(JSON.stringify(other)),
        sorted(one) === sorted(other),
      );
    }),
  );
});

t.test('numbers are compared by exact decimal value', async (t) => {
  const decimalNumber = fc.record({
    digits: fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }),
    exponent: fc.integer({ min: -60, max: 60 }),
  });
  /** Exact: both over 10^60. */
  const scaled = ({ digits, exponent }: { digits: bigint; exponent: number }): bigint =>
    digits * 10n ** BigInt(60 + exponent);
  fc.assert(
    fc.property(decimalNumber, decimalNumber, fc.nat(30), (one, other, shift) => {
      const canonical = canonicalJson(`${one.digits}e${one.exponent}`);
      assert.equal(canonical, canonicalJson(`${one.digits * 10n ** BigInt(shift)}E${one.exponent - shift}`));
      assert.equal(
        canonical === canonicalJson(`${other.digits}e+0${other.exponent}`.replace('+0-', '-')),
        scaled(one) === scaled(other),
      );
      assert.ok(canonical.length <= 70);
    }),
    { numRuns: 1000 },
  );
  for (const [text, canonical] of [
    ['1.0', '1'],
    ['1e0', '1'],
    ['10e-1', '1'],
    ['-0', '0'],
    ['0.000e99', '0'],
    ['-0.0e-5', '0'],
    ['1200', '1200'],
    ['12.50', '12.5'],
    ['-0.00125', '-0.00125'],
    ['9007199254740993', '9007199254740993'],
    ['9007199254740992', '9007199254740992'],
    ['0.1000000000000000055511151231257827', '0.1000000000000000055511151231257827'],
    ['1e21', '1e21'],
    ['12e-40', '12e-40'],
    ['1e999999999', '1e999999999'],
    ['10e-0999999999', '1e-999999998'],
  ] as const) {
    t.equal(canonicalJson(text), canonical, text);
  }
});

t.test('strings have one escape form and keep lone surrogates', async (t) => {
  t.equal(canonicalJson('"\\u0041\\/\\u000a\\t"'), '"A/\\n\\t"');
  t.equal(canonicalJson('"\\uD83D\\uDE00"'), canonicalJson('"😀"'));
  t.equal(canonicalJson('"\\uD83D"'), '"\\ud83d"');
  t.not(canonicalJson('"\\uD83D"'), canonicalJson('"\\uFFFD"'));
  t.equal(canonicalJson('"\u2028"'), canonicalJson('"\\u2028"'));
  t.not(canonicalJson('"é"'), canonicalJson('"e\\u0301"'), 'no Unicode normalisation: other code points, other value');
});

t.test('keys are sorted by code unit after decoding; of doubled ones the last wins', async (t) => {
  t.equal(canonicalJson('{"b":1,"\\u0061":2,"10":3,"9":4}'), '{"10":3,"9":4,"a":2,"b":1}');
  t.equal(canonicalJson('{"a":1,"b":0,"\\u0061":2}'), '{"a":2,"b":0}');
  t.equal(canonicalJson('{"__proto__":{"x":1}}'), '{"__proto__":{"x":1}}');
});

t.test('what is no JSON is refused', async (t) => {
  const bad = ['', ' ', '01', '+1', '1.', '.5', '1e', '-', 'NaN', 'Infinity', 'tru', 'nullx', '"a', '"\n"', '"\\x"']
    .concat(['[1,]', '[1 2]', '[', '{"a"}', '{a:1}', '{"a":1,}', '{"a":1', '1 2', '{} []', '\ufeff1', "'a'", '\u00a01'])
    .concat(['"\\ud8"', '[1}', '{"a":1]', '\v1']);
  for (const text of bad) {
    t.throws(() => canonicalJson(text), CanonicalJsonError, JSON.stringify(text));
    t.throws(() => JSON.parse(text) as unknown, JSON.stringify(text));
  }
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...Array.from('[]{}",:0123456789eE+-. \\untrfals')) }), (text) => {
      let parses = true;
      try {
        JSON.parse(text);
      } catch {
        parses = false;
      }
      let accepted = true;
      try {
        canonicalJson(text);
      } catch (error) {
        assert.ok(error instanceof CanonicalJsonError);
        accepted = false;
      }
      assert.equal(accepted, parses, text);
    }),
    { numRuns: 2000 },
  );
});

t.test('hostile texts cost neither stack nor memory', async (t) => {
  const deep = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
  t.equal(canonicalJson(deep(JSON_LIMITS.depth)), deep(JSON_LIMITS.depth));
  t.throws(() => canonicalJson(deep(JSON_LIMITS.depth + 2)), /nested deeper than/);
  t.throws(() => canonicalJson('['.repeat(1_000_000)), /nested deeper than/);
  t.throws(() => canonicalJson('{"a":'.repeat(1_000_000)), /nested deeper than/);
  t.throws(() => canonicalJson(`1e${'9'.repeat(1_000_000)}`), /an exponent of more than/);
  t.equal(canonicalJson(`0.${'0'.repeat(1_000_000)}1`), '1e-1000001');
  t.equal(canonicalJson(`"${'x'.repeat(30_000_000)}"`).length, 30_000_002);
  t.equal(canonicalJson(`"${'\\"'.repeat(1_000_000)}"`).length, 2_000_002);
});

t.test('memberText reads one member of raw text without losing its numbers', async (t) => {
  const event = '{"id":7,"payload":{"b":9007199254740993,"a":1.50},"note":"\\"payload\\":1"}';
  t.equal(memberText(event, 'payload'), '{"a":1.5,"b":9007199254740993}');
  t.equal(memberText(event, 'id'), '7');
  t.equal(memberText(event, 'missing'), undefined);
  t.equal(memberText(' {"p":1,"p":2} ', 'p'), '2');
  t.equal(memberText('{"\\u0070":1}', 'p'), '1');
  t.equal(memberText('[{"p":1}]', 'p'), undefined, 'of the value itself, not of what is inside');
  t.equal(memberText('{}', 'p'), undefined);
  t.equal(memberText('3', 'p'), undefined);
  t.throws(() => memberText('{"p":1} x', 'p'), CanonicalJsonError);
  t.throws(() => memberText('{"q":1} x', 'p'), CanonicalJsonError);
});

t.test('elementTexts reads the elements of raw text', async (t) => {
  t.strictSame(elementTexts(' [ {"b":1,"a":2} , 1.0 ] '), ['{"a":2,"b":1}', '1']);
  t.strictSame(elementTexts('[]'), []);
  t.throws(() => elementTexts('{}'), CanonicalJsonError);
});

t.test('payloadHash is stable, short, and exact in a double', async (t) => {
  t.equal(payloadHash('{"a":1}'), '015abd7f5cc57'); // the start of its SHA-256, here for good
  fc.assert(
    fc.property(fc.string(), fc.string(), (one, other) => {
      const hash = payloadHash(one);
      assert.match(hash, /^[0-9a-f]{13}$/);
      assert.equal(parseInt(hash, 16).toString(16).padStart(13, '0'), hash);
      assert.equal(hash === payloadHash(other), one === other);
    }),
  );
});
