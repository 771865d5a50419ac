import { join } from 'node:path';
import t from 'tap';
import { captured } from '../test-support/run.ts';
import { run } from './demo.ts';

t.test('where its reports cannot be written is told before the minute, not after it', async (t) => {
  const folder = t.testdir({ file: '' });
  const wrong: [Record<string, unknown>, RegExp][] = [
    [{ out: join(folder, 'file', 'deep') }, /--out/],
    [{ out: '/proc/streamproof' }, /--out/],
    [{ out: folder, reporter: ['xml=a'] }, /--reporter/],
    [{ out: folder, reporter: [`junit=${join(folder, 'file', 'junit.xml')}`] }, /--reporter/],
  ];
  for (const [options, message] of wrong) {
    const terminal = captured();
    const input = { arguments: [], signal: AbortSignal.abort(), terminal, command_line: 'streamproof demo' };
    await t.rejects(run({ ...input, options }), { name: 'UsageError', message });
    t.notMatch(terminal.printed.err, '1/3', 'nothing was booted');
  }
});
