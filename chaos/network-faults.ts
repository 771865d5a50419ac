/** The network faults as data: name and options, checked. What a plan or a config can say. */
import { z } from 'zod';
import type { Fault } from './fault.ts';
import { buffering } from './faults/buffering.ts';
import { idleTimeout, lifetimeCap } from './faults/caps.ts';
import { connectionClose } from './faults/connection-close.ts';
import { cut } from './faults/cut.ts';
import { gzipResponses } from './faults/gzip.ts';
import { latency } from './faults/latency.ts';
import { bandwidth, trickleReader } from './faults/pace.ts';
import { halfOpen, oneWay, swallowDisconnect } from './faults/silence.ts';
import { stalledReader } from './faults/stalled-reader.ts';

const bytes = z.number().int().min(0);
const duration_ms = z.number().min(0);
const rate = z.number().min(1);
const direction = z.enum(['to-client', 'to-target']);
const kind = z.enum(['fin', 'rst']);

export const networkFaultSchema = z.discriminatedUnion('name', [
  z.strictObject({ name: z.literal('latency'), latency_ms: duration_ms, direction }),
  z.strictObject({ name: z.literal('bandwidth'), bytes_per_s: rate, direction }),
  z.strictObject({
    name: z.literal('cut'),
    kind,
    at: z.union([
      z.strictObject({ bytes }),
      z.strictObject({ events: z.number().int().min(1) }),
      z.strictObject({ id: z.string().min(1), byte: z.number().int() }),
    ]),
    times: z.number().int().min(1).default(1),
  }),
  z.strictObject({ name: z.literal('half-open') }),
  z.strictObject({ name: z.literal('one-way'), blocked: direction }),
  z.strictObject({ name: z.literal('swallow-disconnect') }),
  z.strictObject({ name: z.literal('idle-timeout'), after_ms: duration_ms, kind: kind.default('fin') }),
  z.strictObject({ name: z.literal('lifetime-cap'), after_ms: duration_ms, kind: kind.default('fin') }),
  z.strictObject({ name: z.literal('threshold-buffer'), bytes: z.number().int().min(1) }),
  z.strictObject({ name: z.literal('block-buffer'), bytes: z.number().int().min(1) }),
  z.strictObject({ name: z.literal('gzip'), flush: z.boolean().default(false), unasked: z.boolean().default(false) }),
  z.strictObject({ name: z.literal('connection-close') }),
  z.strictObject({ name: z.literal('stalled-reader'), after_bytes: bytes.default(0) }),
  z.strictObject({ name: z.literal('trickle-reader'), bytes_per_s: rate }),
]);

export type NetworkFault = z.infer<typeof networkFaultSchema>;

export function networkFault(data: NetworkFault): Fault {
  switch (data.name) {
    case 'latency':
      return latency(data);
    case 'bandwidth':
      return bandwidth(data);
    case 'cut':
      return cut(data);
    case 'half-open':
      return halfOpen();
    case 'one-way':
      return oneWay(data);
    case 'swallow-disconnect':
      return swallowDisconnect();
    case 'idle-timeout':
      return idleTimeout(data);
    case 'lifetime-cap':
      return lifetimeCap(data);
    case 'threshold-buffer':
      return buffering({ mode: 'threshold', bytes: data.bytes });
    case 'block-buffer':
      return buffering({ mode: 'block', bytes: data.bytes });
    case 'gzip':
      return gzipResponses(data);
    case 'connection-close':
      return connectionClose();
    case 'stalled-reader':
      return stalledReader(data);
    case 'trickle-reader':
      return trickleReader(data);
  }
}
