/** In which order a request tries the instances. */
import type { RequestHead } from './http-head.ts';
import { fieldValues } from './http-head.ts';

export const ROUTINGS = ['sticky', 'round-robin'] as const;
export type Routing = (typeof ROUTINGS)[number];

/** Every instance index, the preferred first. Called once a request. */
export type Router = (head: RequestHead) => readonly number[];

/** FNV-1a, 32 bit, with a final mix so that neighbouring indexes spread. */
function hash(text: string): number {
  let mixed = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    mixed = Math.imul(mixed ^ text.charCodeAt(index), 0x01000193);
  }
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  return (mixed ^ (mixed >>> 13)) >>> 0;
}

/** Who asks, as far as the ingress can tell without the key store: the key, else the ticket. */
function caller(head: RequestHead): string {
  const [authorization] = fieldValues(head, 'authorization');
  return authorization ?? /[?&]ticket=([^&]*)/.exec(head.target)?.[1] ?? '';
}

/**
 * Rendezvous hashing: a caller's order of instances is its own and never changes, so while its first is away it
 * always lands on the same second, and comes home afterwards.
 */
function sticky(instances: number): Router {
  return (head) => {
    const key = caller(head);
    return Array.from({ length: instances }, (_, index) => ({ index, score: hash(`${key}\n${index}`) }))
      .sort((a, b) => b.score - a.score || a.index - b.index)
      .map(({ index }) => index);
  };
}

function roundRobin(instances: number): Router {
  let next = 0;
  return () => {
    const first = next;
    next = (next + 1) % instances;
    return Array.from({ length: instances }, (_, offset) => (first + offset) % instances);
  };
}

export function createRouter(routing: Routing, instances: number): Router {
  return routing === 'sticky' ? sticky(instances) : roundRobin(instances);
}
