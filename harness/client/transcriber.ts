/** Shows what a run's exchanges were, with the secrets of its target hidden. */
import type { JsonValue } from '../../spec/wire.ts';
import type { TranscriptLine } from '../result.ts';
import type { Target } from '../target.ts';
import { toCurl } from './curl.ts';
import type { Exchange } from './exchange.ts';
import { Redactor } from './redactor.ts';
import { configuredSecrets, learnSecrets } from './secrets.ts';
import { transcribe, type Note } from './transcript.ts';

type Members = Readonly<Record<string, JsonValue>>;

export interface Transcriber {
  /** Lines in order of time, their times counted from `began_ms`. */
  lines(exchanges: readonly Exchange[], notes: readonly Note[], began_ms: number): readonly TranscriptLine[];
  /** Takes note of the secrets that exchanges show, so that they are hidden wherever else they stand. */
  learn(exchanges: readonly Exchange[]): void;
  /** Any other text that will be shown: an observation, an error's message. */
  text(text: string): string;
  /** The same for all texts of a value, names of members included. */
  members(members: Members): Members;
  /** The command line that sends the same request; null when no shell can carry its body. */
  curl(exchange: Exchange): string | null;
}

/** One for a run: a secret keeps its label in all of the run's transcripts. */
export function createTranscriber(
  target: Pick<Target, 'url' | 'instances' | 'accounts' | 'headers' | 'filled_in'>,
): Transcriber {
  const redactor = new Redactor(configuredSecrets(target));
  const value = (node: JsonValue): JsonValue => {
    if (typeof node === 'string') return redactor.text(node);
    if (typeof node !== 'object' || node === null) return node;
    return Array.isArray(node) ? node.map(value) : members(node);
  };
  const members = (object: Members): Record<string, JsonValue> =>
    Object.fromEntries(Object.entries(object).map(([name, member]) => [redactor.text(name), value(member)]));
  return {
    lines: (exchanges, notes, began_ms) => transcribe(exchanges, { redactor, notes, began_ms }),
    learn: (exchanges) => {
      for (const exchange of exchanges) learnSecrets(redactor, exchange);
    },
    text: (text) => redactor.text(text),
    members,
    curl: (exchange) => {
      learnSecrets(redactor, exchange);
      const { via } = exchange;
      const origin = via === 'ingress' ? target.url : target.instances.find(({ index }) => index === via)?.url;
      return toCurl(origin ?? target.url, exchange.request, redactor);
    },
  };
}
