/** Shows what a run's exchanges were, with the secrets of its target hidden. */
import type { TranscriptLine } from '../result.ts';
import type { Target } from '../target.ts';
import { toCurl } from './curl.ts';
import type { Exchange } from './exchange.ts';
import { Redactor } from './redactor.ts';
import { configuredSecrets, learnSecrets } from './secrets.ts';
import { transcribe, type Note } from './transcript.ts';

export interface Transcriber {
  /** Lines in order of time, their times counted from `began_ms`. */
  lines(exchanges: readonly Exchange[], notes: readonly Note[], began_ms: number): readonly TranscriptLine[];
  /** Any other text that will be shown: an observation, an error's message. */
  text(text: string): string;
  /** The command line that sends the same request; null when no shell can carry its body. */
  curl(exchange: Exchange): string | null;
}

/** One for a run: a secret keeps its label in all of the run's transcripts. */
export function createTranscriber(target: Pick<Target, 'url' | 'instances' | 'accounts' | 'headers'>): Transcriber {
  const redactor = new Redactor(configuredSecrets(target));
  return {
    lines: (exchanges, notes, began_ms) => transcribe(exchanges, { redactor, notes, began_ms }),
    text: (text) => redactor.text(text),
    curl: (exchange) => {
      learnSecrets(redactor, exchange);
      const { via } = exchange;
      const origin = via === 'ingress' ? target.url : target.instances.find(({ index }) => index === via)?.url;
      return toCurl(origin ?? target.url, exchange.request, redactor);
    },
  };
}
