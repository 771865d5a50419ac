/** What acknowledgements say. */
import { defineCheck, type Check } from '../../harness/check.ts';
import type { Lab } from '../../harness/lab.ts';
import { canonicalJson } from '../../harness/oracle/canonical-json.ts';

const APPENDS = 12;
const CONNECTIONS = 12;

const exactIds = defineCheck({
  id: 'acks-name-their-events',
  rows: ['DUR-09'],
  title: `Sends ${APPENDS} appends to one stream at once and looks up the ids each was answered`,
  needs: { operations: ['create', 'append', 'poll'] },
  isolation: 'shared',
  costs: { streams: 1, connections: CONNECTIONS },
  run: async (lab: Lab) => {
    const stream = await lab.start();
    const appends = await Promise.all(
      Array.from({ length: APPENDS }, async () => {
        const events = lab.events(2);
        return { events, ...(await lab.tryAppend(stream, events)) };
      }),
    );
    const acked = appends.filter(({ outcome }) => outcome === 'ok');
    lab.given(acked.length > 1, 'setup-append', `${acked.length} of ${APPENDS} appends were acknowledged`);
    const stored = new Map((await lab.finalRead(stream)).map(({ id, payload }) => [id, payload]));
    for (const { events, ids, exchange } of acked) {
      const wrong = events.findIndex(
        ({ payload_json }, index) => stored.get(ids[index] ?? 0) !== canonicalJson(payload_json),
      );
      const ordered =
        ids.length === events.length && ids.every((id, index) => index === 0 || id > (ids[index - 1] ?? 0));
      lab.expect(ordered && wrong < 0, {
        reason: 'ack-names-another-event',
        expected: `ids of ${events.length} events in their order`,
        observed: wrong < 0 ? `ids ${ids.join(', ')}` : `event ${ids[wrong] ?? '?'} holds another payload`,
        evidence: { id: ids[Math.max(0, wrong)] ?? null, ids: [...ids], stream: stream.id },
        exchanges: [exchange.number],
      });
    }
  },
});

export const ACKS: readonly Check[] = [exactIds];
