/**
 * What a target may declare. An operation is a thing a client can ask for; a capability is a promise
 * beyond what the sources demand of everyone ([ours] in the contracts), so a row that rests on one is
 * judged only where it is declared. Keys are stable: configs, rows and results name them.
 */
export const OPERATIONS = {
  create: 'starts a stream',
  append: 'appends events to a stream through HTTP',
  subscribe: 'follows a stream over SSE',
  poll: 'reads events after a cursor',
  snapshot: 'reads the state of a stream in one consistent moment',
  list: "lists the account's streams",
  remove: 'removes a stream',
  ticket: "issues a ticket for a browser's EventSource",
} as const;
export type Operation = keyof typeof OPERATIONS;

export const CAPABILITIES = {
  accounts: 'streams belong to accounts; requests carry an API key',
  durable: 'a restart loses nothing that was acknowledged',
  volatile: 'a restart forgets every stream, which is then not found',
  'bounded-history': 'only the newest `limits.history_limit` events of a stream are kept',
  'full-history': 'every event of a stream is kept until its retention ends',
  'shared-store': 'any instance serves any stream',
  leases: 'a stream is produced by one instance at a time under a lease with a fencing epoch',
  producer: 'can start a synthetic producer that emits by itself',
  heartbeat: 'an idle stream gets a comment within 1.5 × times.heartbeat_ms',
  padding: 'SSE frames are padded past an ingress buffer',
  'retry-hint': 'a draining stream gets a block with only retry:',
  'terminal-204': 'reconnecting with the terminal cursor answers 204',
  'long-poll': 'poll accepts wait_ms',
  'query-cursor': 'the cursor may also stand in the query',
  'idempotent-append': 'an Idempotency-Key makes an append safe to repeat',
  'idempotent-start': 'an Idempotency-Key makes a start safe to repeat',
  tickets: 'one-stream tickets for clients that cannot send headers',
  revocation: 'a revoked key ends its open streams within times.revocation_ms',
  cors: 'answers cross-origin preflights',
  limits: 'has the limits declared under `limits`, each with its own clear answer',
  'stall-limit': 'a reader without progress is ended within times.stall_limit_ms',
  health: 'GET /healthz and /readyz',
  metrics: 'GET /metrics in the Prometheus text format',
  drain: 'SIGTERM drains: not ready, streams end cleanly, then exit',
  'error-envelope': 'errors are {"error":{"code","message"}}',
  'api-events': 'event types, snapshot shape and statuses as on surface `jobs`',
  'sse-ingress-safe': 'the ingress never answers an SSE GET with 5xx during a restart',
  'retry-after': 'every 429 on a refilling limit and every 503 carries Retry-After',
} as const;
export type Capability = keyof typeof CAPABILITIES;
