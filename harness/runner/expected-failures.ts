/** The expected-failures file: `check-id: reason`, one a line. Entries expire: one that passes fails the run. */
import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { z } from 'zod';
import type { Check } from '../check.ts';
import { suggest, UsageError, type Problem } from '../usage-error.ts';

export type ExpectedFailures = ReadonlyMap<string, string>;

const OPTION = '--expected-failures';
const schema = z.record(z.string(), z.string().trim().min(1));

/** @throws UsageError when it cannot be read, an entry has no reason, or names a check that does not exist. */
export async function readExpectedFailures(path: string, checks: readonly Check[]): Promise<ExpectedFailures> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw usage({
      found: error instanceof Error ? error.message : String(error),
      accepted: 'a file that can be read',
      remedy: 'Check the path.',
    });
  });
  return parseExpectedFailures(text, checks);
}

export function parseExpectedFailures(text: string, checks: readonly Check[]): ExpectedFailures {
  const parsed = schema.safeParse(parseYaml(text) ?? {});
  if (!parsed.success) {
    throw usage({
      found: z.prettifyError(parsed.error).replaceAll('\n', ' '),
      accepted: 'lines of `check-id: reason`',
      remedy: 'Give each check a reason.',
    });
  }
  const known = checks.map((check) => check.id);
  const unknown = Object.keys(parsed.data).filter((id) => !known.includes(id));
  if (unknown.length > 0) {
    throw new UsageError(
      unknown.map((id) => ({
        field: OPTION,
        found: `"${id}", which is no check`,
        accepted: 'a check id',
        remedy: suggest(id, known, 'Remove it; see `streamproof conform --list`.'),
      })),
    );
  }
  return new Map(Object.entries(parsed.data));
}

function parseYaml(text: string): unknown {
  try {
    return parse(text) as unknown;
  } catch (error) {
    throw usage({
      found: error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error),
      accepted: 'well-formed YAML',
      remedy: 'Mend the syntax.',
    });
  }
}

function usage(problem: Omit<Problem, 'field'>): UsageError {
  return new UsageError([{ field: OPTION, ...problem }]);
}
