/**
 * `streamproof.yaml` as typed data: the one place that knows which fields exist. `schemas/config.schema.json` is
 * generated from it. Descriptions are shown to the user as what a field accepts.
 */
import { z } from 'zod';
import { CAPABILITIES, OPERATIONS, type Capability, type Operation } from '../../spec/capabilities.ts';
import { DIALECTS } from '../dialects/index.ts';
import { HEADER_NAME, HEADER_VALUE, isHeaderName, isHeaderValue } from '../header-rules.ts';
import { SAFETY_ACTIONS } from '../target.ts';
import { REQUEST_TIMEOUT_MS } from '../timeouts.ts';

const keysOf = <Key extends string>(record: Readonly<Record<Key, unknown>>) =>
  Object.keys(record) as unknown as readonly [Key, ...Key[]];

const anyHttpUrl = z
  .url({ protocol: /^https?$/ })
  .refine((url) => !/^[^/]*\/\/[^/]*@/.test(url), 'put credentials into `headers` or `accounts`');
/** Requests go to paths below it; a query or fragment would be dropped without a word. */
const httpUrl = anyHttpUrl
  .refine((url) => !/[?#]/.test(url), 'leave out the query and fragment; what every request needs goes into `headers`')
  .describe('a URL that starts with http:// or https://, without a user, password, query or fragment');
/** Asked for as it is. */
const metricsUrl = anyHttpUrl
  .refine((url) => !url.includes('#'), 'leave out the fragment; it is not sent')
  .describe('a URL that starts with http:// or https://, without a user, password or fragment; it may have a query');
const milliseconds = z.number().int().min(1).max(86_400_000).describe('whole milliseconds, 1 to 86400000');
const positive = z.number().int().min(1).describe('a whole number from 1');
const limit = z.number().int().min(1).nullable().describe('a whole number from 1, or null for none');
const text = z.string().min(1).describe('a text that is not empty');

const IN_A_HEADER = 'take out the character that no header can hold; often it is a line end that was copied along';
const apiKey = text.refine(isHeaderValue, IN_A_HEADER).describe(`a text that is not empty, of ${HEADER_VALUE}`);
const headerValue = z.string().refine(isHeaderValue, IN_A_HEADER).describe(`a text of ${HEADER_VALUE}`);
const headers = z
  .record(z.string(), headerValue)
  .refine((record) => Object.keys(record).every(isHeaderName), `write each name with ${HEADER_NAME} only`)
  .describe('names of headers and their values, sent with every request; values count as secrets');

const instance = z
  .union([httpUrl, z.strictObject({ url: httpUrl, metrics_url: metricsUrl.optional() })])
  .describe('a URL, or {url, metrics_url}');

const key = z
  .union([apiKey, z.strictObject({ api_key_id: text, key: apiKey })])
  .describe('an API key, or {api_key_id, key} so that it can be revoked by its id');

const account = z
  .strictObject({
    account_id: text,
    api_key_id: text.optional().describe('id of `key`, what hooks.revokeKey is given'),
    key: apiKey.optional().describe(`the API key, of ${HEADER_VALUE}; write \${NAME} to take it from the environment`),
    keys: z.array(key).min(1).optional().describe('several keys of this account; the first one signs'),
  })
  .refine((value) => value.key !== undefined || value.keys !== undefined, 'needs `key` or `keys`')
  .describe('{account_id, key} or {account_id, keys}');

/** Only a `.ts` or `.js` config can hold one. */
const hookFunction = z.custom<(...args: readonly unknown[]) => unknown>((value) => typeof value === 'function');

const hook = z
  .union([
    z.strictObject({ run: text.describe('a shell command') }),
    z.strictObject({ post: text.describe('a URL that is sent a POST') }),
    z.strictObject({ get: text.describe('a URL that is sent a GET') }),
    hookFunction,
  ])
  .describe(
    '{run: COMMAND}, {post: URL} or {get: URL}, with {instance}, {stream}, {api_key_id}, {needle} filled in; ' +
      'in a .ts config also a function',
  );

const hooks = z.strictObject({
  start: hook.optional(),
  kill: hook.optional(),
  terminate: hook.optional(),
  pause: hook.optional(),
  resume: hook.optional(),
  ownerOf: hook.optional().describe('answers {instance, epoch}, or null while nobody holds {stream}'),
  revokeKey: hook.optional().describe('revokes {api_key_id}'),
  createAccount: hook.optional().describe('answers {account_id, api_key_id, key, other_keys}'),
  arm: hook.optional().describe('arms a pause point of the reference server; the arming is the JSON body'),
  inspectStorage: hook.optional().describe('answers the files that contain {needle}: {files: [...]}, or one a line'),
});

const start = z
  .strictObject({
    command: text.describe('a shell command that runs one instance; {instance}, {port} are filled in'),
    instances: positive.max(64).default(1).describe('how many of them, 1 to 64'),
    ready: text.default('/readyz').describe('path or URL that answers 2xx once an instance is ready'),
    cwd: text.optional(),
    env: z.record(z.string(), z.string()).optional(),
  })
  .describe('{command, instances, ready}: we start, kill, pause and restart the instances ourselves');

/** What stands in the texts is read by who knows the metrics: `streamproof load`. */
const threshold = z
  .union([
    text,
    z.strictObject({
      threshold: text,
      abortOnFail: z.boolean().default(false).describe('true or false: a breach ends the run early'),
      delayAbortEval: text.optional().describe('do not end it before that time, e.g. 10s'),
    }),
  ])
  .describe("an assertion like 'p(95)<1s', or {threshold, abortOnFail, delayAbortEval}");

export const configSchema = z.strictObject({
  name: text.optional().describe('what reports call this target'),
  url: httpUrl,
  dialect: z
    .enum(keysOf(DIALECTS))
    .default('jobs')
    .describe(`one of ${Object.keys(DIALECTS).join(', ')}`),
  operations: z
    .array(z.enum(keysOf<Operation>(OPERATIONS)))
    .optional()
    .describe('what this server offers of its dialect; default: all of it'),
  headers: headers.default({}),
  instances: z.array(instance).default([]).describe('direct addresses behind the ingress'),
  accounts: z.array(account).default([]),
  capabilities: z
    .array(z.enum(keysOf<Capability>(CAPABILITIES)))
    .default([])
    .describe('promises beyond what is demanded of everyone'),
  times: z
    .strictObject({
      heartbeat_ms: milliseconds.default(15_000),
      lease_ttl_ms: milliseconds.default(30_000),
      stall_limit_ms: milliseconds.default(30_000),
      revocation_ms: milliseconds.default(5_000),
      idempotency_ms: milliseconds.default(300_000),
      recovery_ms: milliseconds.default(30_000),
      event_latency_ms: milliseconds.default(1_000),
      replay_ms: milliseconds.default(2_000),
      request_ms: milliseconds.default(REQUEST_TIMEOUT_MS),
    })
    .prefault({}),
  limits: z
    .strictObject({
      history_limit: limit.default(null),
      body_bytes: limit.default(null),
      header_bytes: limit.default(null),
      open_streams_per_account: limit.default(null),
      connections_per_account: limit.default(null),
      request_timeout_ms: limit.default(null),
      flush_bytes: z.number().int().min(0).default(4096).describe('a whole number from 0; 0 = no padding'),
    })
    .prefault({}),
  metric_names: z
    .record(z.string(), text)
    .default({})
    .describe('the name of our metric → the name of your Prometheus series'),
  cors_origins: z
    .array(text)
    .default([])
    .describe('origins that a preflight must be allowed to, like https://app.example'),
  hooks: hooks.default({}),
  start: start.optional(),
  safety: z
    .strictObject({
      allow: z.array(z.enum(SAFETY_ACTIONS)).default(['append']),
      max_streams: positive.default(500),
      max_rps: positive.default(1_000),
    })
    .prefault({}),
  thresholds: z
    .record(z.string(), z.array(threshold).min(1).describe("a list of assertions, like ['p(95)<1s']"))
    .default({})
    .describe("budgets of `load` in k6's form: metric{tag:value} → its assertions"),
  at_least_once: z.boolean().default(false).describe('true or false: a reconnect may deliver an event again'),
});

/** A validated config with every default filled in. */
export type Config = z.output<typeof configSchema>;
/** What a config file holds. */
export type ConfigInput = z.input<typeof configSchema>;
export type HookConfig = z.output<typeof hook>;
export type StartConfig = z.output<typeof start>;

/** JSON Schema of the file, for editors; functions (only in .ts configs) cannot be told there. */
export function configJsonSchema(): z.core.JSONSchema.BaseSchema {
  return {
    ...z.toJSONSchema(configSchema, { io: 'input', unrepresentable: 'any' }),
    title: 'streamproof.yaml',
  };
}
