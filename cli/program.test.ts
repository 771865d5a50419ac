import t from 'tap';
import { COMMANDS } from './catalog.ts';
import type { CommandInput, CommandSpec } from './command.ts';
import { runLine } from './test-support/run.ts';

const seen: Pick<CommandInput, 'arguments' | 'options'>[] = [];
const SPEC: CommandSpec = {
  name: 'probe',
  summary: 'keeps what it is given',
  arguments: [{ name: '[url]', description: 'a URL' }],
  options: [
    { flags: '-H, --header <header>', description: 'a header', repeatable: true },
    { flags: '--dry-run', description: 'a flag' },
    { flags: '--seed <n>', description: 'a value' },
  ],
  examples: ['streamproof probe http://x'],
  load: async () => ({
    run: async (input) => {
      seen.push({ arguments: input.arguments, options: input.options });
      return { exit_code: 42 };
    },
  }),
};
const commands = [SPEC];

t.test('a command gets its arguments and options and gives the exit code', async (t) => {
  const { exit_code } = await runLine(['probe', '-H', 'A: b', 'http://x', '--header', 'C: d', '--dry-run'], {
    commands,
  });
  t.equal(exit_code, 42);
  t.same(seen.at(-1), { arguments: ['http://x'], options: { header: ['A: b', 'C: d'], dryRun: true } });
  await runLine(['probe', '-H', 'E: f'], { commands });
  t.same(seen.at(-1)?.options, { header: ['E: f'] }, 'nothing is left of the run before');
  t.equal(seen.at(-1)?.arguments[0], undefined);
});

t.test('wrong usage is exit 2 with the nearest name', async (t) => {
  for (const [argv, message] of [
    [['prob'], /Did you mean probe/],
    [['probe', '--sed', '1'], /Did you mean --seed/],
    [['probe', 'a', 'b'], /too many arguments/],
    [['probe', '--seed'], /argument missing/],
    [[], /Usage: streamproof/],
  ] as const) {
    const { exit_code, err } = await runLine(argv, { commands });
    t.equal(exit_code, 2, argv.join(' '));
    t.match(err, message);
  }
});

t.test('help and version are exit 0; every command shows examples of itself', async (t) => {
  t.match(await runLine(['--version']), { exit_code: 0, out: /^\d+\.\d+\.\d+/ });
  for (const { name } of COMMANDS) {
    const { exit_code, out } = await runLine([name, '--help']);
    t.equal(exit_code, 0);
    t.match(out, new RegExp(`Examples:\n  streamproof ${name}`));
  }
});
