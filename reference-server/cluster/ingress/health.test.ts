import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import t from 'tap';
import { createHealth } from './health.ts';

t.test('a stopped instance is found silent, whatever the garbage collector takes', { timeout: 20_000 }, async (t) => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const mute = createServer(() => undefined).listen(0, '127.0.0.1');
  await once(mute, 'listening');
  const { port } = mute.address() as AddressInfo;
  const health = createHealth(() => [port]);
  t.teardown(() => {
    health.close();
    mute.close();
  });
  const collecting = setInterval(collect, 20);
  await new Promise<void>((resolve) => {
    health.doubt(0, resolve);
  });
  clearInterval(collecting);
  t.same(health.order([0, 1]), [1, 0], 'it is asked last from now on');
});
