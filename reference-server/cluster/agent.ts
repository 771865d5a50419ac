/** An instance's side of the supervisor: pause points, held writes, and what only an operator may ask. */
import type { Compose } from '../seams.ts';
import type { RunningServer } from '../server.ts';
import { answerCalls, report, type InstanceCalls } from './calls.ts';
import type { PausePoint } from './pause-points.ts';
import { Armory, pausePoints } from './pause-wrappers.ts';
import { gateWrites, WriteGate } from './write-gate.ts';

export interface Agent {
  /** Wraps the composed seams; outermost, so that a defect inside can be stopped at the same points. */
  readonly compose: Compose;
  /** Begins to answer the supervisor's calls. */
  attach(server: RunningServer): void;
}

export function createAgent(): Agent {
  const gate = new WriteGate();
  const armory = new Armory({
    kill() {
      process.kill(process.pid, 'SIGKILL');
      throw new Error('unreachable: a process does not outlive its own SIGKILL');
    },
    async pause(point: PausePoint) {
      await gate.hold();
      await report({ type: 'paused', point });
      // Returns when somebody continues the process.
      process.kill(process.pid, 'SIGSTOP');
    },
  });
  return {
    compose: (seams) => pausePoints(armory)(gateWrites(gate)(seams)),
    attach(server) {
      answerCalls<InstanceCalls>({
        arm: async (arming) => {
          armory.arm(arming);
        },
        holdWrites: () => gate.hold(),
        releaseWrites: async () => {
          gate.release();
        },
        revokeKey: (api_key_id) => server.revokeKey(api_key_id),
        createAccount: () => server.createAccount(),
        ownerOf: (stream) => server.ownerOf(stream),
      });
    },
  };
}
