/** The public surface: write checks, aim them at a target, run them, read what came out. */
export { defineCheck, Unmet, Violation, type Check, type Needs, type ViolationDetails } from './harness/check.ts';
export type { Lab, StreamHandle, Subscription } from './harness/lab.ts';
export type { Dialect } from './harness/dialects/dialect.ts';
export type { ConfigInput } from './harness/config/schema.ts';
export { buildTarget } from './harness/config/build-target.ts';
export { ConfigError } from './harness/config/config-error.ts';
export { loadConfig, parseConfig, type LoadedConfig } from './harness/config/load-config.ts';
export { buildManifest } from './harness/runner/manifest.ts';
export { runChecks, type RunEvent, type RunOptions } from './harness/runner/runner.ts';
export type { Permission } from './harness/runner/needs.ts';
export type { Selection } from './harness/runner/selection.ts';
export type { HistoryRecord } from './harness/history.ts';
export type { CheckResult, Manifest, RunResult } from './harness/result.ts';
export type { Target } from './harness/target.ts';
export { UsageError } from './harness/usage-error.ts';
export type { Row } from './spec/row.ts';
export { CHECKS } from './conformance/index.ts';
export { ROWS } from './spec/rows/index.ts';
