/**
 * An instance's side of the supervisor: pause points, held writes, and what only an operator may ask.
 *
 * Before a pause the store's writes are held: a process that is stopped inside a SQLite transaction keeps the file's
 * lock and blocks every other writer; that is the operator's mistake and no property of the service.
 */
import type { Compose } from '../seams.ts';
import type { RunningServer } from '../server.ts';
import type { Store } from '../stores/store.ts';
import { answerCalls, report, type InstanceCalls } from './calls.ts';
import type { PausePoint } from './pause-points.ts';
import { Armory, pausePoints } from './pause-wrappers.ts';
import { WriteHolds } from './write-holds.ts';

export interface Agent {
  /** Wraps the composed seams; outermost, so that a defect inside can be stopped at the same points. */
  readonly compose: Compose;
  /** Begins to answer the supervisor's calls. */
  attach(server: RunningServer): void;
}

export function createAgent(): Agent {
  let store: Store | null = null;
  const holds = new WriteHolds();
  const armory = new Armory({
    kill() {
      process.kill(process.pid, 'SIGKILL');
      throw new Error('unreachable: a process does not outlive its own SIGKILL');
    },
    async pause(point: PausePoint) {
      await holds.add(store);
      await report({ type: 'paused', point });
      // Returns when somebody continues the process.
      process.kill(process.pid, 'SIGSTOP');
    },
  });
  return {
    compose(seams) {
      store = seams.store;
      return pausePoints(armory)(seams);
    },
    attach(server) {
      answerCalls<InstanceCalls>({
        arm: async (arming) => {
          armory.arm(arming);
        },
        holdWrites: () => holds.add(store),
        releaseWrites: async () => {
          holds.release();
        },
        revokeKey: (api_key_id) => server.revokeKey(api_key_id),
        createAccount: () => server.createAccount(),
        ownerOf: (stream) => server.ownerOf(stream),
      });
    },
  };
}
