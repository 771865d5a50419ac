import type { Random } from '../../spec/random.ts';
import type { Lab } from '../../harness/lab.ts';

/** What most servers number their streams with. */
const SOME_UUID = 'a0000000-b000-4000-8000-c00000000000';
const VERSION_AND_VARIANT = /(?<=[0-9a-f]{8}-[0-9a-f]{4}-)[0-9a-f]|(?<=[0-9a-f]{8}-(?:[0-9a-f]{4}-){2})[0-9a-f]/gi;
/** Ids that are counted up, also behind a prefix: another one of the same length may well exist. */
const COUNTED = /^([a-z]*[_:.-]?)(\d{1,9})$/i;
/** A prefix that says what the id is of, and a first character, which may have a range of its own. */
const BEGINNING = /^(?:[a-z]+[_:.-])?./i;

/**
 * The id of a stream that never was, from the check's seed: well-formed to a server that validates ids before it looks
 * for them. It is made like one of the target's own; without one, it is a UUID.
 */
export function unknownStream({ random }: Pick<Lab, 'random'>, like = SOME_UUID): string {
  const [, prefix, number] = COUNTED.exec(like) ?? [];
  // Far beyond what is counted so far, still within 31 bits.
  if (number !== undefined) return `${prefix ?? ''}${Number(number) + random.int(100_000_000, 1_000_000_000)}`;
  const kept = new Set([...like.matchAll(VERSION_AND_VARIANT)].map(({ index }) => index));
  const beginning = BEGINNING.exec(like)?.[0].length ?? 0;
  const letters = /[g-z]/i.test(like.slice(beginning)) ? 'abcdefghjkmnpqrstvwxyz' : 'abcdef';
  return Array.from(like, (character, index) =>
    index < beginning || kept.has(index) ? character : redrawn(character, letters, random),
  ).join('');
}

/** Another of its class: a letter of the same case, or a digit that hexadecimal, Crockford's and RFC 4648's base32 know. */
function redrawn(character: string, letters: string, random: Random): string {
  if (/\d/.test(character)) return random.pick(Array.from('234567'));
  if (/[a-z]/.test(character)) return random.pick(Array.from(letters));
  return /[A-Z]/.test(character) ? random.pick(Array.from(letters.toUpperCase())) : character;
}
