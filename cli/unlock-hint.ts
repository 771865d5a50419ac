/** What a target known by its URL alone leaves unseen, and the eight lines of config that would show more. */
import type { RunResult } from '../harness/result.ts';

export function unlockHint(url: string, { summary }: Pick<RunResult, 'summary'>): string {
  const unseen = summary.not_observed + summary.not_applicable;
  if (unseen === 0) return '';
  return `
${String(unseen)} checks need more than a URL. In streamproof.yaml, with what is true for your server:

  url: ${url}
  capabilities: [accounts, durable, shared-store, heartbeat, idempotent-append, terminal-204]
  accounts: [{ account_id: a, key: '\${KEY_A}' }, { account_id: b, key: '\${KEY_B}' }]
  instances: [http://127.0.0.1:8081, http://127.0.0.1:8082]
  hooks:
    kill: { run: 'docker kill app-{instance}' }
    start: { run: 'docker start app-{instance}' }
  safety: { allow: [append, disrupt, revoke] }

Then: streamproof conform (without the URL, which would be all that is read)
`;
}
