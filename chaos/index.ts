/**
 * `streamproof/chaos`: faults for streaming HTTP services, usable alone. One loopback proxy bends nothing until a
 * fault is armed; every fault shows on the wire that it bit.
 *
 *     await using proxy = await openProxy({ target: new URL('http://127.0.0.1:8080/') });
 *     const armed = proxy.arm(cut({ at: { id: '17', byte: 5 }, kind: 'rst' }));
 *     // … drive clients through proxy.url …
 *     console.log(armed.result()); // { kind: 'cut', bit: true, evidence: 'exchange 1 (/stream): reset after …' }
 */
export type { HistoryRecord, HistorySink } from '../harness/history.ts';
export type { FaultResult } from '../harness/result.ts';
export type { Target } from '../harness/target.ts';
export { Random } from '../spec/random.ts';
export { openProxy, type ArmedFault, type Proxy, type ProxyOptions } from './proxy.ts';
export type { Bite, LoggedExchange, ProxyLog } from './proxy-log.ts';
export {
  Cut,
  Gone,
  onEventStreams,
  only,
  type Body,
  type CutKind,
  type Fault,
  type FaultContext,
  type ProxyRequest,
  type ProxyResponse,
} from './fault.ts';
export { RequestHead, ResponseHead } from './http/head.ts';
export { rewriteItems, type ItemRewriter } from './sse/rewrite.ts';
export {
  BYTE_ORDER_MARK,
  encodeBlock,
  WireSplitter,
  type WireBlock,
  type WireFiller,
  type WireItem,
} from './sse/wire-splitter.ts';
export { PatientReader } from './patient-reader.ts';
export { latency, type LatencyOptions } from './faults/latency.ts';
export { bandwidth, trickleReader } from './faults/pace.ts';
export { stalledReader } from './faults/stalled-reader.ts';
export { cut, type CutOptions, type CutPlace } from './faults/cut.ts';
export { halfOpen, oneWay, swallowDisconnect } from './faults/silence.ts';
export { idleTimeout, lifetimeCap } from './faults/caps.ts';
export { buffering, type BufferingOptions } from './faults/buffering.ts';
export { gzipResponses, type GzipOptions } from './faults/gzip.ts';
export { connectionClose } from './faults/connection-close.ts';
export { networkFault, networkFaultSchema, type NetworkFault } from './network-faults.ts';
export { TriggerWatch, type StreamRef, type Trigger } from './triggers.ts';
export {
  parsePlan,
  PlanError,
  resolvePlan,
  type Choice,
  type Plan,
  type PlanDraft,
  type PlannedFault,
  type PlanStep,
} from './plan.ts';
export { runPlan, type PlanRun } from './run-plan.ts';
export {
  kill,
  MissingHook,
  pause,
  rollingRestart,
  terminate,
  type EndOptions,
  type ProcessEnd,
  type ProcessFaultOptions,
} from './process-faults.ts';
export {
  killSweep,
  windowOf,
  type Attempt,
  type KillSweepOptions,
  type KillWindow,
  type SweptKill,
} from './kill-sweep.ts';
