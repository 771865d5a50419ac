import t from 'tap';
import { sessionAt } from '../../test-support/session-at.ts';
import { Outbox } from './outbox.ts';

t.test('the last flush leaves nothing behind, however little is over after a full batch', async (t) => {
  const sent: number[] = [];
  t.intercept(process, 'connected', { value: true });
  t.intercept(process, 'send', {
    value: ({ records }: { readonly records: readonly unknown[] }, taken: () => void) => {
      sent.push(records.length);
      taken();
    },
  });
  using at = await sessionAt(() => undefined);
  const { session } = at;
  const fault = { kind: 'fault', fault: 'kill', target: 'x' } as const;
  for (let at_ms = 1; at_ms <= 5_001; at_ms += 1) session.recorder.record({ ...fault, at_ms });
  const outbox = new Outbox(session);
  outbox.close();
  await outbox.run();
  t.same(sent, [5_000, 1]);
});
