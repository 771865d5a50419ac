import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import t from 'tap';
import { UsageError } from '../harness/usage-error.ts';
import { renderJson } from './json.ts';
import { parseResult, resultJsonSchema } from './result-schema.ts';
import { failingRun, loadRun, SAMPLES } from './test-support/sample-result.ts';

const shipped = JSON.parse(readFileSync(new URL('../schemas/result.schema.json', import.meta.url), 'utf8')) as Record<
  string,
  unknown
>;

t.test('the shipped schema is the generated one (npm run generate)', async (t) => {
  t.same(shipped, resultJsonSchema());
});

t.test('every sample is valid against the shipped schema, as written by the json reporter', async (t) => {
  const validate = new Ajv({ strict: true, allErrors: true }).compile(shipped);
  for (const [name, build] of Object.entries(SAMPLES)) {
    t.ok(validate(JSON.parse(renderJson(build()))), `${name}: ${JSON.stringify(validate.errors)}`);
  }
});

t.test('the schema refuses what is not in the type, at any depth', async (t) => {
  const validate = new Ajv({ strict: true }).compile(shipped);
  const result = loadRun();
  const failing = failingRun();
  const [threshold] = result.thresholds;
  // Each is refused at its own place: a sample that is broken elsewhere would prove nothing.
  const broken: Readonly<Record<string, readonly [value: unknown, at: string]>> = {
    'an unknown field': [{ ...result, extra: 1 }, ''],
    'another version': [{ ...result, schema: 'streamproof.result/2' }, '/schema'],
    'a missing field': [{ ...result, coverage: { observed_must: 1 } }, '/coverage'],
    'an unknown unit': [{ ...result, thresholds: [{ ...threshold, unit: 'minutes' }] }, '/thresholds/0/unit'],
    'a row of no section': [{ ...failing, checks: [{ ...failing.checks[0], rows: ['ABC-1'] }] }, '/checks/0/rows/0'],
    'a beside that is no result': [{ ...result, beside: { title: 'x', result: {} } }, '/beside/result'],
  };
  for (const [name, [value, at]] of Object.entries(broken)) {
    t.notOk(validate(JSON.parse(JSON.stringify(value))), name);
    t.ok(
      validate.errors?.some(({ instancePath }) => instancePath === at),
      `${name}: ${JSON.stringify(validate.errors)}`,
    );
  }
});

t.test('a saved result reads back as it was', async (t) => {
  for (const [name, build] of Object.entries(SAMPLES)) {
    const text = renderJson(build());
    t.strictSame(parseResult(text, 'result.json'), JSON.parse(text), name);
  }
});

t.test('a file that is no result is refused by field, with what stood there', async (t) => {
  t.throws(() => parseResult('{', 'runs/1/result.json'), UsageError);
  const wrong = JSON.stringify({ ...loadRun(), exit_code: 'none' });
  t.throws(() => parseResult(wrong, 'runs/1/result.json'), { message: /exit_code: found "none"/ });
});
