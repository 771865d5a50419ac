/** JUnit XML in the dialect that CI servers read (testsuites > testsuite > testcase > failure | error | skipped). */
import type { RunResult } from '../harness/result.ts';
import type { ReportContext } from './context.ts';
import { groupBy } from './group-by.ts';
import { printable, printableLines } from './printable.ts';
import { testPoints, type PointStatus, type TestPoint } from './test-points.ts';

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

function escapeXml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}

/** Characters that XML 1.0 has no place for are written as escapes by `printable`. `>` is escaped too, so `]]>` cannot occur. */
function attribute(name: string, value: string | number): string {
  return ` ${name}="${escapeXml(printable(String(value)))}"`;
}

function seconds(duration_ms: number): string {
  return (duration_ms / 1000).toFixed(3);
}

const ELEMENTS: Readonly<Record<Exclude<PointStatus, 'ok'>, string>> = {
  failed: 'failure',
  error: 'error',
  tolerated: 'skipped',
  skipped: 'skipped',
};

function detailText(point: TestPoint): string {
  return Object.entries(point.details)
    .map(([key, value]) => (typeof value === 'string' ? `${key}: ${value}` : [`${key}:`, ...value].join('\n  ')))
    .join('\n');
}

function testCase(point: TestPoint): string {
  const open = `    <testcase${attribute('classname', `streamproof.${point.suite}`)}${attribute('name', point.name)}${attribute('time', seconds(point.duration_ms))}`;
  if (point.status === 'ok') return `${open}/>`;
  const element = ELEMENTS[point.status];
  const details = escapeXml(printableLines(detailText(point)));
  const outcome = `<${element}${attribute('message', point.message)}`;
  // Schemas give `skipped` no text of its own; what there is to say stands in system-out.
  const body =
    element === 'skipped'
      ? `${outcome}/>${details === '' ? '' : `<system-out>${details}</system-out>`}`
      : `${outcome}>${details}</${element}>`;
  return `${open}>${body}</testcase>`;
}

function totalMs(points: readonly TestPoint[]): number {
  return points.reduce((sum, point) => sum + point.duration_ms, 0);
}

/**
 * CI servers add up the cases: that of the run as a whole has what the others leave of its time, so that the sum is
 * the run's. Those that ran side by side may leave nothing.
 */
function addingUp(points: readonly TestPoint[]): readonly TestPoint[] {
  const others_ms = totalMs(points.filter(({ suite }) => suite !== 'run'));
  return points.map((point) =>
    point.suite === 'run' ? { ...point, duration_ms: Math.max(0, point.duration_ms - others_ms) } : point,
  );
}

function counts(points: readonly TestPoint[], duration_ms: number): string {
  const of = (...statuses: PointStatus[]) => points.filter((point) => statuses.includes(point.status)).length;
  return (
    attribute('tests', points.length) +
    attribute('failures', of('failed')) +
    attribute('errors', of('error')) +
    attribute('skipped', of('skipped', 'tolerated')) +
    attribute('time', seconds(duration_ms))
  );
}

function properties({ manifest }: RunResult): string {
  const facts = {
    run_id: manifest.run_id,
    seed: manifest.seed,
    target: manifest.target.url,
    version: manifest.streamproof_version,
  };
  const lines = Object.entries(facts).map(
    ([name, value]) => `      <property${attribute('name', name)}${attribute('value', value)}/>`,
  );
  return ['    <properties>', ...lines, '    </properties>'].join('\n');
}

export function renderJunit(result: RunResult, context: ReportContext): string {
  const points = addingUp(testPoints(result, context.rows));
  const suites = [...groupBy(points, (point) => point.suite)].map(([suite, members]) => {
    const head = `  <testsuite${attribute('name', suite)}${attribute('timestamp', result.manifest.started_at)}${counts(members, totalMs(members))}>`;
    const facts = suite === 'run' ? [properties(result)] : [];
    return [head, ...facts, ...members.map(testCase), '  </testsuite>'].join('\n');
  });
  const root = `<testsuites${attribute('name', `streamproof ${result.manifest.target.name}`)}${counts(points, result.duration_ms)}>`;
  return ['<?xml version="1.0" encoding="UTF-8"?>', root, ...suites, '</testsuites>', ''].join('\n');
}
