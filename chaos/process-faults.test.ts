import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import t from 'tap';
import { now } from '../harness/clock.ts';
import type { Target } from '../harness/target.ts';
import { Random } from '../spec/random.ts';
import { kill, killSweep, pause, rollingRestart, terminate, windowOf } from './index.ts';
import { neverFired } from './run-plan.ts';

const SERVER = `
  const http = require('node:http');
  const server = http.createServer((req, res) => setTimeout(() => res.end('ok'), req.method === 'POST' ? 20 : 0));
  server.listen(Number(process.argv[1]), '127.0.0.1', () => process.send(server.address().port));
  process.on('SIGTERM', () => { server.close(() => process.exit(0)); server.closeAllConnections(); });
`;

/** Instances that are real processes, with the hooks a launcher would give. */
class Processes implements AsyncDisposable {
  readonly #children: (ChildProcess | null)[] = [];
  readonly #ports: number[] = [];
  epoch = 1;

  async start(index: number): Promise<void> {
    const child = spawn(process.execPath, ['-e', SERVER, String(this.#ports[index] ?? 0)], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.#children[index] = child;
    this.#ports[index] = ((await once(child, 'message')) as [number])[0];
    this.epoch += 1;
  }

  async #end(index: number, signal: NodeJS.Signals): Promise<void> {
    const child = this.#children[index];
    if (child === null || child === undefined) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
    this.#children[index] = null;
  }

  target(): Target {
    const signal = async (index: number, name: NodeJS.Signals): Promise<void> => {
      this.#children[index]?.kill(name);
    };
    return {
      instances: this.#ports.map((port, index) => ({ index, url: new URL(`http://127.0.0.1:${port}/`) })),
      hooks: {
        start: (index: number) => this.start(index),
        kill: (index: number) => this.#end(index, 'SIGKILL'),
        terminate: (index: number) => signal(index, 'SIGTERM'),
        pause: (index: number) => signal(index, 'SIGSTOP'),
        resume: (index: number) => signal(index, 'SIGCONT'),
        ownerOf: async () => ({ instance: 0, epoch: this.epoch }),
      },
    } as unknown as Target;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#children.map((_, index) => this.#end(index, 'SIGKILL')));
  }
}

async function processes(count: number): Promise<Processes> {
  const all = new Processes();
  for (let index = 0; index < count; index += 1) await all.start(index);
  return all;
}

t.test('kill: the held connection breaks, new ones are refused, the epoch is new, it heals', async (t) => {
  await using all = await processes(1);
  const phases: string[] = [];
  const result = await kill({
    target: all.target(),
    instance: 0,
    stream: 's',
    onPhase: (phase) => phases.push(phase),
  });
  t.match(result, {
    kind: 'kill',
    target: 'instance 0',
    bit: true,
    evidence: /held connection (reset|closed) after .*ECONNREFUSED.*epoch 2 became 3.*answered again/,
  });
  t.ok((result.healed_ms ?? 0) > result.at_ms);
  t.ok((result.broke_ms ?? 0) >= result.at_ms);
  t.same(phases, ['fault', 'heal']);
});

t.test('a kill that killed nothing did not bite', async (t) => {
  await using all = await processes(1);
  const target = all.target();
  const spared = { ...target, hooks: { ...target.hooks, kill: async () => undefined, start: async () => undefined } };
  t.match(await kill({ target: spared, instance: 0 }), { bit: false, evidence: /still accepted/ });
});

t.test('what was away before was not taken away by a fault', async (t) => {
  await using all = await processes(1);
  const target = all.target();
  await target.hooks.kill?.(0);
  const before = { message: 'instance 0 did not answer before the fault' };
  await t.rejects(kill({ target, instance: 0 }), before);
  await t.rejects(pause({ target, instance: 0, for_ms: 300 }), before);
});

t.test('terminate: it goes by itself and comes back', async (t) => {
  await using all = await processes(1);
  t.match(await terminate({ target: all.target(), instance: 0 }), { kind: 'terminate', bit: true, healed_ms: Number });
});

t.test('pause: silent while stopped, back afterwards; a pause that is none is seen', async (t) => {
  await using all = await processes(1);
  const target = all.target();
  const result = await pause({ target, instance: 0, for_ms: 300 });
  t.match(result, { kind: 'pause', bit: true, evidence: /no answer for 250 ms/ });
  t.ok((result.healed_ms ?? 0) - result.at_ms >= 300);
  const awake = { ...target, hooks: { ...target.hooks, pause: async () => undefined } };
  t.match(await pause({ target: awake, instance: 0, for_ms: 400 }), { bit: false, evidence: /answered 200/ });
});

t.test('rolling restart: each instance in turn', async (t) => {
  await using all = await processes(2);
  const told: string[] = [];
  const onPhase = (phase: string, _at_ms: number, instance: number): number =>
    told.push(`${phase} ${String(instance)}`);
  const results = await rollingRestart({ target: all.target(), how: 'terminate', onPhase });
  t.same(told, ['fault 0', 'heal 0', 'fault 1', 'heal 1']);
  t.match(results, [
    { kind: 'rolling-restart', target: 'instance 0', bit: true },
    { kind: 'rolling-restart', target: 'instance 1', bit: true },
  ]);
  t.ok((results[0]?.healed_ms ?? Infinity) <= (results[1]?.at_ms ?? 0));
});

/** Does what the hook does, and then fails. */
function thenFails(hook: ((instance: number) => Promise<void>) | undefined): (instance: number) => Promise<void> {
  return async (instance) => {
    await hook?.(instance);
    throw new Error('timed out');
  };
}

t.test('hooks that fail halfway: what was seen is told, and the instance is brought back', async (t) => {
  await using all = await processes(1);
  const target = all.target();
  const { hooks } = target;
  const phases: string[] = [];
  const onPhase = (phase: string): number => phases.push(phase);
  let starts = 0;
  const start = async (instance: number): Promise<void> => {
    starts += 1;
    if (starts === 1) throw new Error('not yet');
    await hooks.start?.(instance);
  };
  const killing = { ...target, hooks: { ...hooks, start, kill: thenFails(hooks.kill) } };
  t.match(await kill({ target: killing, instance: 0, onPhase }), {
    bit: true,
    healed_ms: Number,
    evidence: /kill failed: timed out; held connection .*ECONNREFUSED; start failed: not yet; answered again/,
  });
  const pausing = { ...target, hooks: { ...hooks, pause: thenFails(hooks.pause) } };
  t.match(await pause({ target: pausing, instance: 0, for_ms: 60_000, onPhase }), {
    bit: true,
    healed_ms: Number,
    evidence: /pause failed: timed out; no answer/,
  });
  t.same(phases, ['fault', 'heal', 'fault', 'heal']);
});

t.test('an epoch that cannot be had takes nothing from the fault', async (t) => {
  await using all = await processes(1);
  const target = all.target();
  let asked = 0;
  const ownerOf = async () => {
    asked += 1;
    if (asked > 1) throw new Error('no owner to be had');
    return { instance: 0, epoch: 1 };
  };
  const without = { ...target, hooks: { ...target.hooks, ownerOf } };
  const result = await kill({ target: without, instance: 0, stream: 's' });
  t.match(result, { bit: true, healed_ms: Number });
  t.notMatch(result.evidence, /epoch|owner/);
});

t.test('what is over waits no longer, and heals', async (t) => {
  await using all = await processes(1);
  const over = AbortSignal.abort();
  const options = { target: all.target(), instance: 0, over };
  t.match(await pause({ ...options, for_ms: 60_000 }), { bit: true, healed_ms: Number });
  t.match(await kill({ ...options, down_ms: 60_000 }), { bit: true, healed_ms: Number });
});

t.test('a rolling restart keeps what it did before an instance failed', async (t) => {
  await using all = await processes(3);
  const target = all.target();
  await target.hooks.kill?.(1);
  t.match(await rollingRestart({ target, how: 'kill' }), [
    { target: 'instance 0', bit: true, healed_ms: Number },
    { target: 'instance 1', bit: false, healed_ms: null, evidence: 'instance 1 did not answer before the fault' },
  ]);
  await t.rejects(rollingRestart({ target: { ...target, hooks: {} }, how: 'kill' }), /hooks.kill: not configured/);
});

t.test('a rolling restart that is stopped brings back whom it took, and leaves the others alone', async (t) => {
  await using all = await processes(3);
  const target = all.target();
  const ended: number[] = [];
  const terminated = async (instance: number): Promise<void> => {
    ended.push(instance);
    await target.hooks.terminate?.(instance);
  };
  const over = new AbortController();
  const results = await rollingRestart({
    target: { ...target, hooks: { ...target.hooks, terminate: terminated } },
    how: 'terminate',
    down_ms: 60_000,
    over: over.signal,
    isStopped: () => over.signal.aborted,
    onPhase: () => {
      over.abort();
    },
  });
  t.same(ended, [0]);
  const spared = { kind: 'rolling-restart', bit: false, healed_ms: null, evidence: /^never fired: the run ended/ };
  t.match(results, [
    { target: 'instance 0', bit: true, healed_ms: Number },
    { ...spared, target: 'instance 1' },
    { ...spared, target: 'instance 2' },
  ]);
  t.same(results.map(neverFired), [false, true, true], 'the verdict knows them for what they are');
});

t.test('a rolling restart that is late, but not stopped, goes on to its end', async (t) => {
  await using all = await processes(2);
  const results = await rollingRestart({ target: all.target(), how: 'kill', over: AbortSignal.abort() });
  t.match(results, [
    { target: 'instance 0', bit: true, healed_ms: Number },
    { target: 'instance 1', bit: true, healed_ms: Number },
  ]);
});

t.test('a missing hook and an unknown instance are named', async (t) => {
  const target = { instances: [], hooks: {} } as unknown as Target;
  await t.rejects(kill({ target, instance: 0 }), /hooks.kill: not configured/);
  const hooked = { instances: [], hooks: { kill: () => undefined, start: () => undefined } } as unknown as Target;
  await t.rejects(kill({ target: hooked, instance: 3 }), /instance: found 3, accepted is one of none/);
});

t.test('which window a kill hit', async (t) => {
  t.equal(windowOf({ sent_ms: 10, acked_ms: 20 }, 9), 'before-send');
  t.equal(windowOf({ sent_ms: 10, acked_ms: 20 }, 15), 'sent-unacked');
  t.equal(windowOf({ sent_ms: 10, acked_ms: null }, 90), 'sent-unacked');
  t.equal(windowOf({ sent_ms: 10, acked_ms: 20 }, 20), 'acked');
});

t.test('a sweep draws its moments from the seed and says what each hit', async (t) => {
  await using all = await processes(1);
  const target = all.target();
  const port = Number(target.instances[0]?.url.port);
  /** A POST that is answered after 20 ms. */
  const operate = () =>
    new Promise<{ sent_ms: number; acked_ms: number | null }>((resolve) => {
      const socket = connect(port, '127.0.0.1');
      const sent_ms = now();
      let acked_ms: number | null = null;
      socket.on('error', () => undefined);
      socket.on('data', () => {
        acked_ms ??= now();
        socket.destroy();
      });
      socket.on('close', () => {
        resolve({ sent_ms, acked_ms });
      });
      socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n');
    });
  const sweep = () => killSweep({ target, instance: () => 0, random: new Random(3), tries: 4, operate });
  const swept = await sweep();
  t.equal(swept.length, 4);
  t.ok(swept.every(({ fault }) => fault.bit && fault.healed_ms !== null));
  for (const { attempt, window, fault } of swept) {
    t.equal(window, windowOf(attempt, fault.broke_ms ?? fault.at_ms));
    if (window === 'acked') t.not(attempt.acked_ms, null);
  }
  t.equal(new Set(swept.map(({ delay_ms }) => delay_ms)).size, 4);
});
