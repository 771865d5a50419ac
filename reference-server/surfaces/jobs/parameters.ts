/** Reading single values from a request; each refusal names the field, what was found and what is accepted. */
import { parseCursor } from '../../streams/cursor.ts';
import { BadInput } from '../answers.ts';
import type { RequestView } from '../../seams.ts';

/** @throws BadInput when it was given twice. */
export function single(query: URLSearchParams, name: string): string | null {
  const values = query.getAll(name);
  if (values.length > 1) throw new BadInput(`${name}: found ${values.length} values, accepted is one.`);
  return values[0] ?? null;
}

/** @throws BadInput outside the bounds. */
export function bounded(query: URLSearchParams, name: string, low: number, high: number, fallback: number): number {
  const text = single(query, name);
  if (text === null) return fallback;
  const value = parseCursor(text);
  if (value === null || value < low || value > high) {
    throw new BadInput(`${name}: found ${JSON.stringify(text)}, accepted is a whole number from ${low} to ${high}.`);
  }
  return value;
}

const MAX_KEY_CHARACTERS = 255;

/** @throws BadInput */
export function idempotencyKey({ headers }: RequestView): string | null {
  const key = headers['idempotency-key'];
  if (key === undefined) return null;
  if (typeof key !== 'string' || key === '' || key.length > MAX_KEY_CHARACTERS) {
    throw new BadInput(`Idempotency-Key: accepted is a text of 1 to ${MAX_KEY_CHARACTERS} characters.`);
  }
  return key;
}
