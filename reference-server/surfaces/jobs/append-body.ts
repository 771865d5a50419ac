/**
 * The body of an append: one `{type, payload}` or a list of them. Numbers keep their exact text, so a body that holds one
 * which a double could change is read by lossless-json instead of JSON.parse.
 */
import { isUtf8 } from 'node:buffer';
import * as lossless from 'lossless-json';
import { terminalStatus, type NewEvent } from '../../../spec/wire.ts';
import { sha256Hex } from '../../tenancy/secrets.ts';
import { BadInput } from '../answers.ts';

export type EventDraft = Omit<NewEvent, 'ts'>;

const MAX_EVENTS = 1000;
const MAX_TYPE_CHARACTERS = 200;

/**
 * A number that JSON.parse and JSON.stringify may not give back as it was: 16 digits or more, a fraction, an exponent,
 * a negative zero. A text that looks like one costs time, never exactness.
 */
const INEXACT_NUMBER = /(?:^|[:,[])\s*-?(?:\d{16}|\d+[.eE]|0(?<=-0))/;
const STRING_OR_SPACE = /("(?:[^"\\]|\\.)*")|\s+/g;

/** @throws BadInput */
export function parseAppend(body: Buffer): readonly EventDraft[] {
  const text = textOf(body);
  const codec = INEXACT_NUMBER.test(text) ? lossless : JSON;
  try {
    const parsed: unknown = codec.parse(text);
    const list: readonly unknown[] = Array.isArray(parsed) ? parsed : [parsed];
    if (list.length === 0 || list.length > MAX_EVENTS) {
      throw new BadInput(`body: found a list of ${list.length} events, accepted are 1 to ${MAX_EVENTS}.`);
    }
    return list
      .map((entry, index) => readEvent(entry, Array.isArray(parsed) ? `[${index}]` : 'body', codec))
      .map(lastOnly);
  } catch (error) {
    if (error instanceof SyntaxError) throw new BadInput(`body: found text that is no JSON (${error.message}).`);
    if (error instanceof RangeError) throw new BadInput('body: found JSON that is nested too deeply; flatten it.');
    throw error;
  }
}

interface ReadEvent {
  readonly draft: EventDraft;
  readonly terminal: boolean;
}

function lastOnly({ draft, terminal }: ReadEvent, index: number, all: readonly ReadEvent[]): EventDraft {
  if (terminal && index < all.length - 1) {
    throw new BadInput(
      `[${index}].type: found ${draft.type}, which ends the stream, before the last event of the list.`,
    );
  }
  return draft;
}

function readEvent(
  entry: unknown,
  where: string,
  codec: Pick<typeof JSON, 'parse'> & { stringify: unknown },
): ReadEvent {
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) {
    throw new BadInput(`${where}: found ${nameOf(entry)}, accepted is an object {"type","payload"}.`);
  }
  const { type, payload, ...rest } = entry as Readonly<Record<string, unknown>>;
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) {
    throw new BadInput(`${where}.${unknown}: found a field that events do not have, accepted are type and payload.`);
  }
  if (typeof type !== 'string' || type === '' || type.length > MAX_TYPE_CHARACTERS || /\p{Surrogate}/u.test(type)) {
    throw new BadInput(
      `${where}.type: found ${nameOf(type)}, accepted is a text of 1 to ${MAX_TYPE_CHARACTERS} characters.`,
    );
  }
  if (payload === undefined) throw new BadInput(`${where}.payload: found nothing, accepted is any JSON value.`);
  const stringify = codec.stringify as (value: unknown) => string;
  return {
    draft: { type, payload_json: stringify(payload) },
    terminal: terminalStatus(type, payload) !== null,
  };
}

function nameOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (typeof value === 'string') return value === '' ? 'an empty text' : `a text of ${value.length} characters`;
  return Array.isArray(value) ? 'a list' : `a value of type ${typeof value}`;
}

/** @throws BadInput */
export function textOf(body: Buffer): string {
  if (!isUtf8(body)) throw new BadInput('body: found bytes that are no UTF-8.');
  return body.toString('utf8');
}

/** What a repeated request is recognised by: its text without the white space between JSON tokens. */
export function fingerprint(body: Buffer): string {
  return sha256Hex(body.toString('utf8').replace(STRING_OR_SPACE, '$1'));
}
