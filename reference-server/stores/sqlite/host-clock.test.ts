import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import t from 'tap';
import { hostClock, isSameBoot } from './host-clock.ts';

t.test('two processes of one host read one clock', async (t) => {
  const now = hostClock();
  const before_ms = now().monotonic_ms;
  const child = spawnSync(process.execPath, ['-p', 'Number(process.hrtime.bigint() / 1_000_000n)'], {
    encoding: 'utf8',
  });
  const there_ms = Number(child.stdout);
  t.ok(before_ms <= there_ms && there_ms <= now().monotonic_ms, `${before_ms} <= ${there_ms}`);
});

t.test(
  'on Linux the boot is named by the kernel',
  { skip: !existsSync('/proc/sys/kernel/random/boot_id') },
  async (t) => {
    t.match(hostClock()().boot_id, /^[0-9a-f-]{36}$/);
  },
);

t.test('elsewhere it is told by when it was, with a tolerance', async (t) => {
  const [one, other] = [hostClock('/nowhere')().boot_id, hostClock('/nowhere')().boot_id];
  t.match(one, /^~\d{10}$/);
  t.ok(isSameBoot(one, other));
  t.ok(isSameBoot('~1700000000', '~1700000030'));
  t.notOk(isSameBoot('~1700000000', '~1700000031'));
  t.notOk(isSameBoot('~1700000000', 'b7a1'));
  t.ok(isSameBoot('b7a1', 'b7a1'));
  t.notOk(isSameBoot('b7a1', 'b7a2'));
});
