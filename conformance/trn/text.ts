/** What may stand in a payload, and what a payload can do to the wire. */
import { defineCheck, type Check } from '../../harness/check.ts';
import type { Lab } from '../../harness/lab.ts';
import type { AppendEvent } from '../../harness/dialects/dialect.ts';
import { arrives, attachBound, followed } from '../support/followed.ts';
import { canonicalJson } from '../../harness/oracle/canonical-json.ts';

/** Eleven bytes a time: no power of two or ten divides into it, so boundaries of writes fall into characters too. */
const LONG = 'aaé€😀'.repeat(3_000);

const TEXTS: readonly { readonly name: string; readonly payload_json: string }[] = [
  { name: 'integers beyond 2^53', payload_json: '{"n":9007199254740993,"m":-9007199254740995}' },
  { name: 'line separators', payload_json: JSON.stringify({ text: 'a\u2028b\u2029c\u0085d' }) },
  { name: 'a lone surrogate', payload_json: '{"text":"\\ud800x"}' },
  { name: 'characters of several bytes', payload_json: JSON.stringify({ text: LONG }) },
  { name: 'control characters', payload_json: '{"text":"a\\u0000b\\tc\\u007f"}' },
];

const exactText = defineCheck({
  id: 'payload-exact-text',
  rows: ['TRN-11'],
  title: 'Sends texts and numbers that lenient code changes, and compares what arrives',
  needs: { operations: ['create', 'append', 'subscribe'] },
  isolation: 'shared',
  costs: { streams: 1, connections: 2 },
  run: async (lab: Lab) => {
    await using reader = await followed(lab);
    const { stream, subscription } = reader;
    for (const { name, payload_json } of TEXTS) {
      const [id] = await lab.append(stream, [{ type: 'agent_chunk', payload_json }]);
      const came = await arrives(subscription, id, attachBound(lab));
      const payload = subscription.events.find((event) => event.id === id)?.payload;
      lab.expect(came && payload === canonicalJson(payload_json), {
        reason: 'payload-changed',
        expected: `${name} as sent: ${shortened(canonicalJson(payload_json))}`,
        observed: payload === undefined ? `event ${id ?? '?'} cannot be read` : shortened(payload),
        evidence: { id: id ?? null, text: name },
        exchanges: [subscription.number],
      });
    }
  },
});

function shortened(text: string): string {
  return text.length <= 80 ? text : `${text.slice(0, 60)}… (${text.length} characters)`;
}

/** The id that an attack would plant. */
const FORGED = 777_777;
const ATTACK = `x\n\nid: ${FORGED}\ndata: {"id":${FORGED}}\n\n`;

const ATTACKS: readonly { readonly name: string; readonly event: AppendEvent }[] = [
  { name: 'line feeds in a payload', event: { type: 'agent_chunk', payload_json: JSON.stringify({ chunk: ATTACK }) } },
  {
    name: 'carriage returns in a payload',
    event: { type: 'agent_chunk', payload_json: JSON.stringify({ chunk: ATTACK.replaceAll('\n', '\r') }) },
  },
  {
    name: 'line feeds in a member name',
    event: { type: 'agent_chunk', payload_json: JSON.stringify({ [ATTACK]: 1 }) },
  },
  { name: 'line feeds in a type', event: { type: ATTACK, payload_json: '{}' } },
  { name: 'carriage returns in a type', event: { type: ATTACK.replaceAll('\n', '\r'), payload_json: '{}' } },
];

const noForgery = defineCheck({
  id: 'payload-no-forgery',
  rows: ['TRN-10'],
  title: 'Sends line breaks and SSE fields in payloads and types, and looks for a forged event',
  needs: { operations: ['create', 'append', 'subscribe'] },
  isolation: 'shared',
  costs: { streams: 1, connections: 2 },
  run: async (lab: Lab) => {
    await using reader = await followed(lab);
    const { stream, subscription } = reader;
    for (const { name, event } of ATTACKS) {
      const before = subscription.items.length;
      // A server may refuse it; what it takes it must send whole.
      const { outcome } = await lab.tryAppend(stream, [event]);
      lab.given(outcome !== 'unknown', 'setup-append', `an append with ${name} was not answered`);
      const [marker] = await lab.append(stream, lab.events(1));
      const seen = await arrives(subscription, marker, attachBound(lab));
      const forged = subscription.items.find(
        (item) => item.kind !== 'comment' && item.last_event_id === String(FORGED),
      );
      lab.expect(forged === undefined, {
        reason: 'forged-event',
        expected: `${name} stay inside their event`,
        observed: `${name} set the cursor to ${FORGED} at offset ${forged?.start_offset ?? 0}`,
        evidence: { id: FORGED, offset: forged?.start_offset ?? null, attack: name },
        exchanges: [subscription.number],
      });
      // A server may send events of its own, without ids; what is left of an attack has one, or its text.
      const unread = subscription.items.find(
        (item, index) =>
          index >= before &&
          item.kind === 'event' &&
          subscription.readings[index]?.kind === 'other' &&
          (item.has_id || item.data.includes(String(FORGED))),
      );
      lab.expect(seen && unread === undefined, {
        reason: 'forged-field',
        expected: `the stream is intact after ${name}`,
        observed:
          unread === undefined
            ? `${name}: event ${marker ?? '?'}, sent after it, never came`
            : `${name}: a block at offset ${unread.start_offset} cannot be read as an event`,
        evidence: { id: marker ?? null, offset: unread?.start_offset ?? null, attack: name },
        exchanges: [subscription.number],
      });
    }
  },
});

export const TEXT: readonly Check[] = [exactText, noForgery];
