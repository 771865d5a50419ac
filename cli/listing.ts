/** What --list and --dry-run print. */
import { actionsOf, missingNeed, type Permission } from '../harness/runner/needs.ts';
import { announce } from '../harness/runner/announcement.ts';
import type { Check } from '../harness/check.ts';
import type { HttpRequest } from '../harness/client/exchange.ts';
import type { Dialect } from '../harness/dialects/dialect.ts';
import type { Target } from '../harness/target.ts';
import type { Operation } from '../spec/capabilities.ts';
import { ROWS } from '../spec/rows/index.ts';
import { announcementText, counted } from './progress.ts';

export function listChecks(checks: readonly Check[]): string {
  const width = Math.max(...checks.map((check) => check.id.length));
  const lines = checks.map((check) => `${check.id.padEnd(width)}  ${check.rows.join(' ')}  ${check.title}`);
  return `${lines.join('\n')}\n${counted(checks.length, 'check')}\n`;
}

/** Each check's requests by operation, as the dialect writes them; how often depends on what the target answers. */
export function describeRequests(checks: readonly Check[], target: Target, permission: Permission): string {
  const rows = new Map(ROWS.map((row) => [row.id as string, row]));
  const runnable = checks.filter((check) => missingNeed(check, target, rows, permission) === null);
  const lines = checks.flatMap((check) => {
    const missing = missingNeed(check, target, rows, permission);
    if (missing !== null) return [`${check.id}: ${missing.outcome}, ${missing.message}`];
    const { operations = [], hooks = [] } = check.needs;
    const actions = actionsOf(check).join(', ');
    return [
      `${check.id}: ${check.title}${actions === '' ? '' : ` (${actions})`}`,
      ...operations.map((operation) => `  ${requestLine(sampleRequest(target.dialect, operation), target)}`),
      ...hooks.map((hook) => `  hook ${hook}`),
    ];
  });
  return [
    ...lines,
    '',
    announcementText(announce(runnable, 1, target.safety.max_streams)),
    'Nothing was sent.',
    '',
  ].join('\n');
}

function requestLine({ method, path, body }: HttpRequest, { url }: Target): string {
  const shown = body === undefined ? '' : ` ${typeof body === 'string' ? body : `${String(body.byteLength)} bytes`}`;
  return `${method} ${url.origin}${path}${shown}`;
}

const STREAM = 'STREAM';

function sampleRequest(dialect: Dialect, operation: Operation): HttpRequest {
  switch (operation) {
    case 'create':
      return dialect.start({});
    case 'append':
      return dialect.append(STREAM, [{ type: 'agent_chunk', payload_json: '{…}' }]);
    case 'subscribe':
      return dialect.subscribe(STREAM);
    case 'poll':
      return dialect.poll(STREAM, { after: '0' });
    case 'snapshot':
      return dialect.snapshot(STREAM);
    case 'list':
      return dialect.list();
    case 'remove':
      return dialect.remove(STREAM);
    case 'ticket':
      return dialect.ticket(STREAM);
  }
}
