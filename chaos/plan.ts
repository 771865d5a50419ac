/**
 * A fault plan is data: what, to whom, when. A draft may leave choices open; the seed closes them, each by its place
 * in the plan, so that another step shifts no other. What was resolved is saved as JSON and replays exactly.
 */
import { z } from 'zod';
import { schemaProblems, type SchemaNode } from '../harness/config/schema-problems.ts';
import { UsageError, type Problem } from '../harness/usage-error.ts';
import type { Random } from '../spec/random.ts';
import type { JsonValue } from '../spec/wire.ts';
import { networkFaultSchema } from './network-faults.ts';
import { PAUSE_SILENCE_MS } from './process-faults.ts';
import type { Trigger } from './triggers.ts';

const count = z.number().int().min(1);
const stream = z.string().min(1);
const instance = z.number().int().min(0);
const duration_ms = z.number().min(0);
/** Shorter ones could not be seen. */
const pause_ms = z.number().min(PAUSE_SILENCE_MS);

const triggerSchema: z.ZodType<Trigger> = z.lazy(() =>
  z.discriminatedUnion('on', [
    z.strictObject({ on: z.literal('ack'), stream, count }),
    z.strictObject({ on: z.literal('delivery'), stream, id: count }),
    z.strictObject({ on: z.literal('append'), count }),
    z.strictObject({ on: z.literal('owner'), stream, instance }),
    z.strictObject({ on: z.literal('healed'), count }),
    z.strictObject({ on: z.literal('sequence'), of: z.array(triggerSchema).min(1) }),
    z.strictObject({ on: z.literal('elapsed'), after_ms: duration_ms }),
  ]),
);

/** An instance by its index, or whichever holds the stream's lease when the fault fires. */
const victimSchema = z
  .union([z.strictObject({ instance }), z.strictObject({ owner_of: stream })])
  .describe('{instance: N} or {owner_of: STREAM}');

const faultSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('kill'), target: victimSchema, down_ms: duration_ms.default(0) }),
  z.strictObject({ kind: z.literal('terminate'), target: victimSchema, down_ms: duration_ms.default(0) }),
  z.strictObject({ kind: z.literal('pause'), target: victimSchema, for_ms: pause_ms }),
  z.strictObject({
    kind: z.literal('rolling-restart'),
    how: z.enum(['kill', 'terminate']),
    down_ms: duration_ms.default(0),
  }),
  z.strictObject({ kind: z.literal('sever'), how: z.enum(['fin', 'rst']) }),
  z.strictObject({ kind: z.literal('network'), fault: networkFaultSchema, for_ms: duration_ms }),
]);

const planSchema = z.strictObject({
  version: z.literal(1),
  steps: z.array(z.strictObject({ trigger: triggerSchema, fault: faultSchema })).max(1_000),
});

export type PlannedFault = z.infer<typeof faultSchema>;
export type Victim = z.infer<typeof victimSchema>;
export type Plan = z.infer<typeof planSchema>;
export type PlanStep = Plan['steps'][number];

/** An open choice of a draft: an integer between two (both included), or one of a list. */
export type Choice =
  { readonly between: readonly [low: number, high: number] } | { readonly pick: readonly JsonValue[] };

/** A plan in which any value may be a `Choice`. */
export type Draft<T> = T extends readonly (infer Item)[]
  ? readonly Draft<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: Draft<T[Key]> } | Choice
    : T | Choice;

export type PlanDraft = {
  readonly version: 1;
  readonly steps: readonly Draft<z.input<typeof planSchema>['steps'][number]>[];
};

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function resolveValue(value: unknown, random: Random, path: string): unknown {
  if (Array.isArray(value)) return value.map((item, index) => resolveValue(item, random, `${path}/${index}`));
  if (!isRecord(value)) return value;
  const { between, pick } = value;
  if (Object.keys(value).length === 1 && Array.isArray(between)) {
    const [low, high] = between as [number, number];
    return random.fork(path).int(low, high);
  }
  if (Object.keys(value).length === 1 && Array.isArray(pick)) return random.fork(path).pick(pick as unknown[]);
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key, resolveValue(member, random, `${path}/${key}`)]),
  );
}

/** Closes every choice. The same seed gives the same plan. */
export function resolvePlan(draft: PlanDraft, random: Random): Plan {
  return parsePlan(resolveValue(draft, random, 'plan'));
}

/** A plan that cannot be read. */
export class PlanError extends UsageError {
  override readonly name = 'PlanError';
  constructor(problems: readonly Problem[]) {
    super(problems, 'fault plan:');
  }
}

/** Checks a plan as read from JSON. Throws PlanError. */
export function parsePlan(value: unknown): Plan {
  const parsed = planSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const schema = z.toJSONSchema(planSchema, { io: 'input' }) as SchemaNode;
  throw new PlanError(schemaProblems(parsed.error.issues, { document: value, schema, name: 'the plan' }));
}
