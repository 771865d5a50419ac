/** Reads option values; every mistake names the option, what was found and what is accepted. */
import { randomInt } from 'node:crypto';
import { resolve } from 'node:path';
import { HEADER_NAME, HEADER_VALUE, isHeaderName, isHeaderValue } from '../harness/header-rules.ts';
import { UsageError } from '../harness/usage-error.ts';

type Options = Readonly<Record<string, unknown>>;

export function flag(options: Options, name: string): boolean {
  return options[name] === true;
}

export function text(options: Options, name: string): string | undefined {
  const value = options[name];
  return typeof value === 'string' ? value : undefined;
}

/** Seeds are 32 bits (spec/random.ts). */
const MAX_SEED = 0xffff_ffff;

/** The seed asked for, or a random one. */
export function seedFrom(options: Options): number {
  return integer(options, 'seed', { min: 0, max: MAX_SEED, fallback: randomInt(MAX_SEED) });
}

/** Where runs are written and found. */
export function outFolder(options: Options): string {
  return resolve(text(options, 'out') ?? 'streamproof-report');
}

/** A repeatable option, each value of which may hold several, separated by commas. */
export function list(options: Options, name: string): string[] {
  const value = options[name];
  const values = Array.isArray(value) ? (value as unknown[]) : [];
  return values
    .flatMap((entry) => (typeof entry === 'string' ? entry.split(',') : []))
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
}

export function integer(
  options: Options,
  name: string,
  { min, max, fallback }: { readonly min: number; readonly max: number; readonly fallback: number },
): number {
  const given = text(options, name);
  if (given === undefined) return fallback;
  const value = /^\d+$/.test(given) ? Number(given) : NaN;
  if (value >= min && value <= max) return value;
  throw wrong(name, given, `a whole number from ${String(min)} to ${String(max)}`, 'Change it.');
}

export function oneOf<Value extends string>(
  options: Options,
  name: string,
  accepted: readonly Value[],
  fallback: Value,
): Value {
  const given = text(options, name);
  if (given === undefined) return fallback;
  const value = accepted.find((candidate) => candidate === given);
  if (value !== undefined) return value;
  throw wrong(name, given, accepted.join(', '), 'Take one of these.');
}

const UNITS_MS = { ms: 1, s: 1_000, m: 60_000 } as const;

/** `10s`, `500ms`, `2m`; in milliseconds. */
export function duration(options: Options, name: string, fallback_ms: number): number {
  const given = text(options, name);
  if (given === undefined) return fallback_ms;
  const match = /^(\d+)(ms|s|m)$/.exec(given);
  if (match === null) throw wrong(name, given, 'a number with ms, s or m', 'For example 10s.');
  return Number(match[1]) * UNITS_MS[match[2] as keyof typeof UNITS_MS];
}

/** `Name: value` headers; of those with one name the last. */
export function headers(options: Options, name: string): Record<string, string> {
  const values = options[name];
  const entries = Array.isArray(values) ? (values as unknown[]).map(String) : [];
  return entries.map((entry) => headerFrom(entry, name)).reduce(overrideHeaders, {});
}

/** Upper and lower case of a name are one: a header of `winners` takes the place of its namesake. */
export function overrideHeaders(
  base: Readonly<Record<string, string>>,
  winners: Readonly<Record<string, string>>,
): Record<string, string> {
  const won = new Set(Object.keys(winners).map((name) => name.toLowerCase()));
  const kept = Object.entries(base).filter(([name]) => !won.has(name.toLowerCase()));
  return { ...Object.fromEntries(kept), ...winners };
}

/** What is wrong is told without the value: it is likely to be a secret, also where the colon is missing. */
function headerFrom(entry: string, option: string): Record<string, string> {
  const split = entry.indexOf(':');
  const name = entry.slice(0, Math.max(0, split));
  const value = entry.slice(split + 1).trim();
  const example = "For example -H 'Authorization: Bearer …'.";
  if (split < 0) throw wrong(option, 'a text without a name and a colon', 'Name: value', example);
  if (!isHeaderName(name)) {
    throw wrong(option, 'a name that no header can have', `Name: value, the name of ${HEADER_NAME}`, example);
  }
  if (!isHeaderValue(value)) {
    const remedy = 'Take out the character that no header can hold; often it is a line end that was copied along.';
    throw wrong(
      option,
      `${name} with a value that no header can have`,
      `Name: value, the value of ${HEADER_VALUE}`,
      remedy,
    );
  }
  return { [name]: value };
}

/** `NAME=PATH` pairs, e.g. `junit=out/junit.xml`. */
export function namedPaths<Name extends string>(
  options: Options,
  name: string,
  accepted: readonly Name[],
): { readonly name: Name; readonly path: string }[] {
  return list(options, name).map((entry) => {
    const split = entry.indexOf('=');
    const found = accepted.find((candidate) => candidate === entry.slice(0, Math.max(0, split)));
    if (found !== undefined && split < entry.length - 1) return { name: found, path: entry.slice(split + 1) };
    throw wrong(name, entry, `NAME=PATH with NAME one of ${accepted.join(', ')}`, 'For example junit=junit.xml.');
  });
}

function wrong(name: string, found: string, accepted: string, remedy: string): UsageError {
  const field = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  return new UsageError([{ field, found: JSON.stringify(found), accepted, remedy }]);
}
