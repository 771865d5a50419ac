/** Sockets: one for each exchange, or one kept alive for several. */
import http from 'node:http';
import https from 'node:https';

/**
 * One keep-alive connection, so that several requests go over the same socket, one after another. A socket that the
 * server closed is replaced: `Exchange.reused_socket` tells.
 */
export interface Connection {
  readonly agent: http.Agent;
  close(): void;
}

/**
 * The smallest buffer: once a reader stops reading, at most one read's worth stands between it and the kernel, so that a
 * stalled reader really stalls the sender.
 */
const SOCKET_OPTIONS = { highWaterMark: 1 };

function newAgent(origin: URL, keepAlive: boolean): http.Agent {
  const options = { keepAlive, maxSockets: 1, ...SOCKET_OPTIONS };
  return origin.protocol === 'https:' ? new https.Agent(options) : new http.Agent(options);
}

export function openConnection(origin: URL): Connection {
  const agent = newAgent(origin, true);
  return {
    agent,
    close: () => {
      agent.destroy();
    },
  };
}

/** For a single exchange: the socket is closed with it. */
export function singleUseAgent(origin: URL): http.Agent {
  return newAgent(origin, false);
}
