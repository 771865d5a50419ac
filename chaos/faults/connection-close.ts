/** A hop that keeps no connection alive: every answer is the last of its connection. */
import type { Fault } from '../fault.ts';

export function connectionClose(): Fault {
  return {
    name: 'connection-close',
    response: (response, context) => {
      const before = response.head.get('connection');
      response.head.set('Connection', 'close');
      response.head.remove('Keep-Alive');
      context.bite(`Connection: ${before ?? '(none)'} became close`);
      return response;
    },
  };
}
