/** `POST /api/pipeline/start`: a new stream, fed by a synthetic workload or through the API. */
import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import type { SyntheticSpec } from '../../../spec/wire.ts';
import type { IdempotencyClaim } from '../../stores/store.ts';
import { BadInput, json } from '../answers.ts';
import type { Call, Handler } from '../runtime.ts';
import { fingerprint, textOf } from './append-body.ts';
import { idempotencyKey } from './parameters.ts';

const whole = (low: number, high: number): z.ZodInt => z.int().min(low).max(high);

const START = z.discriminatedUnion('producer', [
  z.strictObject({ producer: z.literal('api'), application_id: z.string().max(200).nullish() }),
  z.strictObject({
    producer: z.literal('synthetic'),
    application_id: z.string().max(200).nullish(),
    events: whole(1, 100_000),
    interval_ms: whole(0, 60_000).default(100),
    payload_bytes: whole(0, 65_536).default(64),
    seed: whole(0, Number.MAX_SAFE_INTEGER).default(1),
  }),
]);
type Start = z.output<typeof START>;

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export const startJob: Handler = async ({ seams, producers }, call) => {
  const start = readStart(call.body);
  const client_id = readClientId(call);
  const job = {
    job_id: randomUUID(),
    account_id: call.principal.account_id,
    client_id,
    application_id: start.application_id ?? null,
    synthetic: syntheticOf(start),
    created_at_ms: seams.clock.now_ms(),
  };
  const outcome = await seams.store.create(job, claimOf(call));
  if (outcome.kind === 'conflict') {
    return seams.failure('conflict', 'This Idempotency-Key was used for another start.');
  }
  if (outcome.kind === 'created' && job.synthetic !== null) producers.start(outcome.job_id);
  return json(202, startedBody(outcome.job_id));
};

function startedBody(job_id: string): string {
  const path = `/api/jobs/${job_id}`;
  return JSON.stringify({
    success: true,
    job_id,
    stream_url: `${path}/stream`,
    snapshot_url: `${path}/snapshot`,
    events_url: `${path}/events`,
  });
}

/** An empty body starts a stream that is fed through the API. */
function readStart(body: Buffer): Start {
  const text = textOf(body);
  let value: unknown;
  try {
    value = text.trim() === '' ? {} : JSON.parse(text);
  } catch (error) {
    throw new BadInput(`body: found text that is no JSON (${error instanceof Error ? error.message : 'unreadable'}).`);
  }
  const named =
    typeof value === 'object' && value !== null && !Array.isArray(value) ? { producer: 'api', ...value } : value;
  const parsed = START.safeParse(named);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new BadInput(`${issue?.path.join('.') || 'body'}: ${issue?.message ?? 'not accepted'}.`);
}

function syntheticOf(start: Start): SyntheticSpec | null {
  if (start.producer === 'api') return null;
  const { events, interval_ms, payload_bytes, seed } = start;
  return { events, interval_ms, payload_bytes, seed };
}

function readClientId({ view }: Call): string | null {
  const client_id = view.headers['x-client-id'];
  if (client_id === undefined) return null;
  if (typeof client_id === 'string' && UUID.test(client_id)) return client_id;
  throw new BadInput(`X-Client-Id: found ${JSON.stringify(client_id)}, accepted is a UUID.`);
}

function claimOf({ view, body }: Call): IdempotencyClaim | undefined {
  const key = idempotencyKey(view);
  return key === null ? undefined : { key, fingerprint: fingerprint(body) };
}
