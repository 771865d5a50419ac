/** The fault plan that a load replays, out of a file. */
import { readFile } from 'node:fs/promises';
import { parsePlan, PlanError, type Plan } from '../chaos/plan.ts';
import { UsageError } from '../harness/usage-error.ts';

const ACCEPTED = 'a file that holds a resolved fault plan, or a manifest.json or result.json of a load';
const REMEDY = 'For example streamproof-report/manifest.json.';

/** A plan by itself, or the manifest or result of the run that it is taken from. @throws UsageError */
export async function planFrom(file: string | undefined): Promise<Plan | undefined> {
  if (file === undefined) return undefined;
  const document = await readJson(file);
  const plan = planIn(document);
  if (plan === null) throw wrong(`${file}: this run had no plan`);
  try {
    return parsePlan(plan ?? document);
  } catch (error) {
    if (!(error instanceof PlanError)) throw error;
    throw new UsageError(error.problems.map((problem) => ({ ...problem, field: `--plan ${file}, ${problem.field}` })));
  }
}

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as unknown;
  } catch (error) {
    throw wrong(`${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

interface PlanHolder {
  readonly plan?: unknown;
  readonly manifest?: { readonly plan?: unknown } | null;
}

/** What the document says the run's plan was: null for none, undefined where it is no record of a run. */
function planIn(document: unknown): unknown {
  const { manifest, plan } = Object(document) as PlanHolder;
  return manifest?.plan === undefined ? plan : manifest.plan;
}

function wrong(found: string): UsageError {
  return new UsageError([{ field: '--plan', found, accepted: ACCEPTED, remedy: REMEDY }]);
}
