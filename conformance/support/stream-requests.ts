/** Every request about one stream that the dialect knows. */
import type { Operation } from '../../spec/capabilities.ts';
import type { HttpRequest } from '../../harness/client/exchange.ts';
import type { Lab } from '../../harness/lab.ts';

export interface StreamRequest {
  readonly operation: Operation;
  readonly request: HttpRequest;
}

/** Reads first, so that a removal that should not work spoils nothing before. */
export function streamRequests(lab: Lab, stream: string): StreamRequest[] {
  const { dialect, capabilities } = lab.target;
  const all: readonly StreamRequest[] = [
    { operation: 'snapshot', request: dialect.snapshot(stream) },
    { operation: 'poll', request: dialect.poll(stream) },
    { operation: 'subscribe', request: dialect.subscribe(stream) },
    { operation: 'append', request: dialect.append(stream, lab.events(1)) },
    { operation: 'ticket', request: dialect.ticket(stream) },
    { operation: 'remove', request: dialect.remove(stream) },
  ];
  // A dialect knows how to ask for a ticket; whether there are any is the target's to say.
  const known = all.filter(({ operation }) => dialect.operations.has(operation));
  return known.filter(({ operation }) => operation !== 'ticket' || capabilities.has('tickets'));
}
