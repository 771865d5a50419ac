import type { Random } from '../../spec/random.ts';
import type { AppendEvent } from '../dialects/dialect.ts';

/** A source of `agent_chunk` events (seed 004) that are all distinct; `bytes` says how long the chunk's text is. */
export function smallEvents(random: Random, bytes: () => number): () => AppendEvent {
  let seq = 0;
  return () => {
    seq += 1;
    const chunk = random.text(bytes());
    return {
      type: 'agent_chunk',
      payload_json: JSON.stringify({ step: 'streamproof', chunk, seq, total_len: chunk.length }),
    };
  };
}
