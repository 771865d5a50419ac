/** The pause points as wrappers around the server's seams: data arms them, nothing else knows of them. */
import type { Block, Compose, Link } from '../seams.ts';
import type { Arming, PausePoint } from './pause-points.ts';

/** What happens at a point that was reached. */
export interface PauseActions {
  /** Does not return. */
  kill(): never;
  /** Resolves when the process goes on. */
  pause(point: PausePoint): Promise<void>;
}

/** The armed points of this process. */
export class Armory {
  readonly #actions: PauseActions;
  #armed: Arming[] = [];

  constructor(actions: PauseActions) {
    this.#actions = actions;
  }

  arm(arming: Arming): void {
    this.#armed.push(arming);
  }

  /** Takes the first arming that matches this pass; it fires once. */
  take(point: PausePoint, stream: string): Arming | null {
    if (this.#armed.length === 0) return null;
    const at = this.#armed.findIndex(
      (arming) => arming.point === point && (arming.stream === undefined || arming.stream === stream),
    );
    return at === -1 ? null : (this.#armed.splice(at, 1)[0] ?? null);
  }

  /** Null when there is nothing to wait for. A kill happens before this returns. */
  fire(arming: Arming | null): Promise<void> | null {
    if (arming === null) return null;
    if (arming.action === 'kill') this.#actions.kill();
    return this.#actions.pause(arming.point);
  }

  pass(point: PausePoint, stream: string): Promise<void> | null {
    return this.fire(this.take(point, stream));
  }
}

/** The first bytes of a frame, chunk size line included, so that the reader sees exactly `byte` bytes of the body. */
function cutBlock(block: Block, byte: number, chunked: boolean): { first: Buffer; rest: Buffer } {
  const body_bytes = Math.min(byte, block.body.length);
  const size_line_bytes = block.chunked.length - block.body.length - 2;
  const bytes = chunked ? block.chunked : block.body;
  const cut = chunked ? size_line_bytes + body_bytes : body_bytes;
  return { first: bytes.subarray(0, cut), rest: bytes.subarray(cut) };
}

function sendCut(armory: Armory, arming: Arming, link: Link, block: Block, done: (error?: Error | null) => void): void {
  const { first, rest } = cutBlock(block, arming.byte ?? 0, link.chunked);
  let fired = false;
  const fire = (): void => {
    fired = true;
    void armory.fire(arming)?.then(() => link.socket.write(rest, done));
  };
  link.socket.write(first, (error) => {
    if (error != null) done(error);
    else if (!fired) fire();
  });
  // Nothing left in the socket's buffer: the kernel has taken it, and the next thing this process does is the action.
  if (link.socket.writableLength === 0) fire();
}

export function pausePoints(armory: Armory): Compose {
  return (seams) => ({
    ...seams,
    store: {
      ...seams.store,
      async append(job_id, events, options) {
        await armory.pass('append:before', job_id);
        const outcome = await seams.store.append(job_id, events, options);
        if (outcome.kind === 'appended') await armory.pass('append:committed', job_id);
        return outcome;
      },
    },
    appends: {
      ...seams.appends,
      async acknowledge(job_id, outcome) {
        const answer = await seams.appends.acknowledge(job_id, outcome);
        await armory.pass('ack:before', job_id);
        return answer;
      },
    },
    wake: {
      ...seams.wake,
      appended(followers, job_id, events) {
        const paused = armory.pass('fanout:before', job_id);
        const wake = (): void => {
          seams.wake.appended(followers, job_id, events);
        };
        if (paused === null) wake();
        else void paused.then(wake);
      },
    },
    wire: {
      ...seams.wire,
      send(link, block, done) {
        const arming = block.kind === 'frame' ? armory.take('frame:byte', link.job_id) : null;
        if (arming === null) seams.wire.send(link, block, done);
        else sendCut(armory, arming, link, block, done);
      },
    },
  });
}
