/** Requests that wait for the next event of a stream. */
import type { Socket } from 'node:net';
import type { Principal, Seams } from '../../seams.ts';
import type { Topic } from '../../streams/topic.ts';

/** Why a wait is over. `news`: there may be something to read, or the stream is gone. */
export type WaitEnd = 'news' | 'timeout' | 'revoked' | 'disconnected' | 'draining';

export class LongPolls {
  readonly #parts: Pick<Seams, 'revocations'>;
  readonly #waiting = new Set<(end: WaitEnd) => void>();

  constructor(parts: Pick<Seams, 'revocations'>) {
    this.#parts = parts;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /**
   * Waits until the stream has something after the cursor, at most `wait_ms`. The socket tells that the client has left:
   * an answer whose turn has not come never hears of it.
   */
  wait(topic: Topic, after: number, principal: Principal, socket: Socket, wait_ms: number): Promise<WaitEnd> {
    return new Promise((resolve) => {
      const end = (reason: WaitEnd): void => {
        this.#waiting.delete(end);
        clearTimeout(timer);
        leave();
        unwatch();
        socket.off('close', disconnected);
        resolve(reason);
      };
      const disconnected = (): void => {
        end('disconnected');
      };
      const timer = setTimeout(end, wait_ms, 'timeout');
      const leave = topic.follow({
        wake: () => {
          end('news');
        },
        gone: () => {
          end('news');
        },
      });
      const unwatch = this.#parts.revocations.watch(principal, () => {
        end('revoked');
      });
      socket.once('close', disconnected);
      this.#waiting.add(end);
      if (topic.tail > after) end('news');
      else if (socket.destroyed) end('disconnected');
    });
  }

  finishAll(): void {
    for (const end of [...this.#waiting]) end('draining');
  }
}
