import t from 'tap';
import { parsePlan } from '../chaos/plan.ts';
import type { Hooks, Target } from '../harness/target.ts';
import { planProblems } from './plan-problems.ts';

const hook = async (): Promise<void> => undefined;
const url = new URL('http://127.0.0.1:1');
const TARGET: Pick<Target, 'name' | 'instances' | 'hooks'> = {
  name: 'mine',
  instances: [0, 1].map((index) => ({ index, url, metrics_url: null })),
  hooks: { kill: hook, start: hook },
};
const ON_ACK = { on: 'ack', stream: '#2', count: 1 } as const;

function problems(fault: unknown, trigger: unknown = ON_ACK, hooks: Partial<Hooks> = TARGET.hooks) {
  return planProblems(parsePlan({ version: 1, steps: [{ trigger, fault }] }), { ...TARGET, hooks }, 2);
}

t.test('a plan that this target cannot be given is refused before anything is started', async (t) => {
  t.same(problems({ kind: 'kill', target: { instance: 1 } }), []);
  t.match(problems({ kind: 'kill', target: { instance: 2 } }), [
    { field: 'steps[0].fault.target.instance', found: '2', accepted: /0 to 1/ },
  ]);
  t.match(problems({ kind: 'pause', target: { instance: 0 }, for_ms: 300 }), [{ found: /no hook pause, resume/ }]);
  t.match(problems({ kind: 'rolling-restart', how: 'terminate' }), [{ found: /no hook terminate$/ }]);
  t.match(problems({ kind: 'kill', target: { owner_of: '#1' } }), [{ found: /no hook ownerOf/ }]);
  t.match(problems({ kind: 'sever', how: 'rst' }), [{ found: 'sever', remedy: /without a proxy/ }]);
  const late = {
    on: 'sequence',
    of: [
      { on: 'healed', count: 1 },
      { ...ON_ACK, stream: '#3' },
    ],
  };
  t.match(problems({ kind: 'kill', target: { instance: 0 } }, late), [
    { field: 'steps[0].trigger.of[1].stream', found: '"#3"', accepted: '#1 to #2' },
  ]);
});

t.test('owners: the hook that knows them, the instances and the streams there are', async (t) => {
  const kill = { kind: 'kill', target: { instance: 0 } };
  const owner = { on: 'owner', stream: '#1', instance: 9 };
  t.match(problems(kill, owner), [
    { field: 'steps[0].trigger', found: /no hook ownerOf/ },
    { field: 'steps[0].trigger.instance', found: '9', accepted: /0 to 1/ },
  ]);
  const hooks = { ...TARGET.hooks, ownerOf: async () => null };
  t.same(problems(kill, { ...owner, instance: 1 }, hooks), []);
  t.same(problems({ kind: 'kill', target: { owner_of: '#2' } }, ON_ACK, hooks), []);
  t.match(problems({ kind: 'kill', target: { owner_of: '#9' } }, ON_ACK, hooks), [
    { field: 'steps[0].fault.target.owner_of', found: '"#9"', accepted: '#1 to #2' },
  ]);
});
