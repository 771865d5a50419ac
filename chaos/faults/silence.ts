/** A peer that is there no more although its socket stays: nothing arrives, nothing is closed. */
import type { Fault } from '../fault.ts';

/**
 * Accepts, then silence: requests are taken and never passed on, answers under way stop. Neither side learns that the
 * other left.
 */
export function halfOpen(): Fault {
  return {
    name: 'half-open',
    request: async (_request, context) => {
      context.keepTarget('silent');
      context.bite('request taken, never passed on');
      await context.hold();
      return undefined;
    },
    body: async function* (body, context) {
      context.keepTarget('silent');
      let offset = 0;
      for await (const bytes of body) {
        if (!context.lifted.aborted) {
          context.bite(`${bytes.length} bytes came and were not passed on`, offset);
          await context.hold();
        }
        offset += bytes.length;
        yield bytes;
      }
    },
  };
}

/** Only one direction works. `to-client`: requests arrive, answers do not. `to-target`: neither requests nor ends do. */
export function oneWay(options: { readonly blocked: 'to-client' | 'to-target' }): Fault {
  const name = 'one-way';
  const silent = halfOpen();
  if (options.blocked === 'to-client') {
    return {
      name,
      response: async (response, context) => {
        context.bite(`answer ${response.head.status} came and was not passed on`);
        await context.hold();
        return response;
      },
      ...(silent.body && { body: silent.body }),
    };
  }
  return {
    name,
    ...(silent.request && { request: silent.request }),
    body: (body, context) => {
      context.keepTarget('drain');
      return body;
    },
  };
}

/** The target never learns that a client left: it goes on producing, and the proxy goes on taking. */
export function swallowDisconnect(): Fault {
  return {
    name: 'swallow-disconnect',
    request: (_request, context) => {
      context.keepTarget('drain');
      context.gone.addEventListener(
        'abort',
        () => {
          context.bite('the client left, the target was not told');
        },
        { once: true, signal: context.lifted },
      );
      return undefined;
    },
  };
}
