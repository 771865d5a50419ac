/**
 * Who asks for budgets: the scenario by default, the config of its target above it, the command line above both. Budgets
 * for a metric with the same tags replace those of who stands below; all others stay.
 */
import type { Tags } from './metrics/trend.ts';
import { parseThresholds, type Measurable, type Threshold, type ThresholdText } from './thresholds.ts';

/** The config's `thresholds`, in k6's form: `metric{tag:value}` → its assertions. */
export type ThresholdConfig = Readonly<
  Record<
    string,
    readonly (
      | string
      | { readonly threshold: string; readonly abortOnFail: boolean; readonly delayAbortEval?: string | undefined }
    )[]
  >
>;

export interface ThresholdSources {
  readonly scenario: readonly string[];
  readonly config: ThresholdConfig;
  readonly command_line: readonly string[];
  /** The first of the command line's that is breached ends the run. */
  readonly abort_on_fail: boolean;
}

/** @throws UsageError with every problem of every one. */
export function gatherThresholds(sources: ThresholdSources, target: Measurable): Threshold[] {
  const { scenario, config, command_line, abort_on_fail } = sources;
  const layers: readonly (readonly ThresholdText[])[] = [
    command_line.map((expression) => ({ field: '--threshold', expression, abort_on_fail })),
    fromConfig(config),
    scenario.map((expression) => ({ field: 'the scenario’s threshold', expression })),
  ];
  // At once, so that one message tells all problems.
  const parsed = parseThresholds(layers.flat(), target);
  const taken = new Set<string>();
  return layers.flatMap((layer, index) => {
    const from = layers.slice(0, index).flat().length;
    const own = parsed.slice(from, from + layer.length).filter((threshold) => !taken.has(selectorOf(threshold)));
    for (const threshold of own) taken.add(selectorOf(threshold));
    return own;
  });
}

function fromConfig(config: ThresholdConfig): ThresholdText[] {
  return Object.entries(config).flatMap(([selector, assertions]) =>
    assertions.map((assertion, index): ThresholdText => {
      const field = `thresholds[${JSON.stringify(selector)}][${String(index)}]`;
      if (typeof assertion === 'string') return { field, expression: `${selector}: ${assertion}` };
      const { threshold, abortOnFail, delayAbortEval } = assertion;
      return {
        field,
        expression: `${selector}: ${threshold}`,
        abort_on_fail: abortOnFail,
        delay_abort_eval: delayAbortEval,
      };
    }),
  );
}

function selectorOf({ metric, tags }: { readonly metric: string; readonly tags: Tags }): string {
  return JSON.stringify([metric, ...Object.entries(tags).sort(([one], [other]) => (one < other ? -1 : 1))]);
}
