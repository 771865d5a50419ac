/** Reads members of a parsed answer; every error names the member and what stood there. Numbers are lossless-json's. */
import { isLosslessNumber } from 'lossless-json';
import { DialectError } from './dialect.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

export function objectOf(value: unknown, where: string): JsonObject {
  if (typeof value === 'object' && value !== null && !Array.isArray(value) && !isLosslessNumber(value)) {
    return value as JsonObject;
  }
  throw new DialectError(`${where}: expected an object, found ${kindOf(value)}`);
}

export function listOf(object: JsonObject, name: string, where: string): readonly unknown[] {
  const value = object[name];
  if (Array.isArray(value)) return value as readonly unknown[];
  throw new DialectError(`${where}.${name}: expected a list, found ${kindOf(value)}`);
}

export function textOf(object: JsonObject, name: string, where: string): string {
  const value = object[name];
  if (typeof value === 'string') return value;
  throw new DialectError(`${where}.${name}: expected a text, found ${kindOf(value)}`);
}

/** A whole number that a double holds exactly, given as a number or, as some servers do, as its decimal text. */
export function integerOf(object: JsonObject, name: string, where: string): number {
  const found = wholeNumber(object[name]);
  if (found !== null) return found;
  throw new DialectError(`${where}.${name}: expected a whole number, found ${kindOf(object[name])}`);
}

/** The same; null: it is none. */
export function wholeNumber(value: unknown): number | null {
  const text = isLosslessNumber(value) ? value.value : value;
  if (typeof text !== 'string' || !/^-?(?:0|[1-9]\d*)$/.test(text)) return null;
  return Number.isSafeInteger(Number(text)) ? Number(text) : null;
}

function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (isLosslessNumber(value)) return value.value;
  return typeof value === 'string' ? JSON.stringify(value.slice(0, 60)) : `a ${typeof value}`;
}
