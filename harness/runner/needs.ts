/** Whether a target has what a check needs, and if not, what is missing by name. */
import type { Row } from '../../spec/row.ts';
import type { Check } from '../check.ts';
import { HOOK_ACTIONS, type SafetyAction, type Target } from '../target.ts';

export interface Missing {
  readonly outcome: 'not-observed' | 'not-applicable';
  readonly reason: string;
  readonly message: string;
}

export interface Permission {
  /** Faults against a target that is not on this machine were asked for explicitly. */
  readonly remote_faults: boolean;
}

/** Rows that are a demand on this target: those whose capability it declares, or that rest on none. */
export function applicableRows(check: Check, target: Target, rows: ReadonlyMap<string, Row>): readonly Row[] {
  return check.rows.flatMap((id) => {
    const row = rows.get(id);
    return row !== undefined && isApplicable(row, target) ? [row] : [];
  });
}

export function isApplicable(row: Row, target: Target): boolean {
  return row.capability === undefined || target.capabilities.has(row.capability);
}

/** null: the check can run. */
export function missingNeed(
  check: Check,
  target: Target,
  rows: ReadonlyMap<string, Row>,
  permission: Permission,
): Missing | null {
  const { capabilities = [], operations = [], hooks = [], accounts = 0, instances = 0 } = check.needs;
  const undeclared = capabilities.find((capability) => !target.capabilities.has(capability));
  if (undeclared !== undefined) return notApplicable(undeclared);
  if (applicableRows(check, target, rows).length === 0) {
    const capability = check.rows.map((id) => rows.get(id)?.capability).find((entry) => entry !== undefined);
    return notApplicable(capability ?? 'none');
  }
  const operation = operations.find((entry) => !target.dialect.operations.has(entry));
  if (operation !== undefined) return notObserved('no-operation', `the target has no operation "${operation}"`);
  const hook = hooks.find((entry) => target.hooks[entry] === undefined);
  if (hook !== undefined) return notObserved('no-hook', `hooks.${hook} is not configured`);
  if (target.accounts.length < accounts) {
    return notObserved(
      'no-account',
      `needs ${String(accounts)} accounts, the config has ${String(target.accounts.length)}`,
    );
  }
  if (target.instances.length < instances) {
    return notObserved(
      'no-instance',
      `needs the direct addresses of ${String(instances)} instances, the config has ${String(target.instances.length)}`,
    );
  }
  const actions = actionsOf(check);
  const forbidden = actions.find((action) => !target.safety.allow.has(action));
  if (forbidden !== undefined) return notObserved('safety', `safety.allow does not hold "${forbidden}"`);
  if (actions.includes('disrupt') && !permission.remote_faults && !isOnThisMachine(target.url)) {
    return notObserved(
      'remote-target',
      `${target.url.host} is not this machine: pass --allow-remote-faults to disrupt it`,
    );
  }
  return null;
}

/** What a check does that safety may forbid. */
export function actionsOf(check: Check): SafetyAction[] {
  const { operations = [], hooks = [] } = check.needs;
  const actions = new Set<SafetyAction>(hooks.flatMap((hook) => HOOK_ACTIONS[hook] ?? []));
  // Alone on the target for no hook's sake: it fills or wears it out.
  if (check.isolation === 'disruptive' && actions.size === 0) actions.add('disrupt');
  if (operations.some((operation) => operation !== 'list')) actions.add('append');
  return [...actions];
}

export function isOnThisMachine(url: URL): boolean {
  return /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(url.hostname);
}

function notApplicable(capability: string): Missing {
  return { outcome: 'not-applicable', reason: 'no-capability', message: `the target does not declare "${capability}"` };
}

function notObserved(reason: string, message: string): Missing {
  return { outcome: 'not-observed', reason, message };
}
