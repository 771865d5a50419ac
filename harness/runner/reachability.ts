/** Whether a target answers at all. What it answers is for the checks to judge. */
import { setTimeout as delay } from 'node:timers/promises';
import { now } from '../clock.ts';
import { send } from '../client/http-client.ts';
import type { Target } from '../target.ts';
import { BRING_BACK_INTERVAL_MS, PROBE_INTERVAL_MS, PROBE_TIMEOUT_MS } from '../timeouts.ts';

/** Polls until `look` holds; false when the bound passed first. Looks at least once. */
async function eventually(look: () => Promise<boolean>, within_ms: number, signal: AbortSignal): Promise<boolean> {
  const deadline = now() + within_ms;
  for (;;) {
    if (await look()) return true;
    if (now() + PROBE_INTERVAL_MS >= deadline) return false;
    await delay(PROBE_INTERVAL_MS, undefined, { signal });
  }
}

async function answers(base: URL, path: string, within_ms: number, signal: AbortSignal): Promise<number> {
  const timeouts = { total_ms: Math.max(1, Math.min(PROBE_TIMEOUT_MS, within_ms)) };
  return (await send({ base, request: { method: 'GET', path }, timeouts, signal })).status;
}

/** Any HTTP answer counts. */
export async function waitReachable(target: Target, within_ms: number, signal: AbortSignal): Promise<boolean> {
  return eventually(async () => (await answers(target.url, '/', within_ms, signal)) > 0, within_ms, signal);
}

/** With `health` declared an instance is ready when /readyz says so; else when it answers at all. */
async function isReady(target: Target, url: URL, signal: AbortSignal): Promise<boolean> {
  const status = await answers(url, '/readyz', PROBE_TIMEOUT_MS, signal);
  return target.capabilities.has('health') ? status >= 200 && status <= 299 : status > 0;
}

/** Indexes of instances that are not ready. Without direct addresses the ingress stands for them all, as -1. */
async function unreadyInstances(target: Target, signal: AbortSignal): Promise<number[]> {
  const places = target.instances.length === 0 ? [{ index: -1, url: target.url }] : target.instances;
  const ready = await Promise.all(places.map(async ({ url }) => isReady(target, url, signal)));
  return places.filter((_, position) => ready[position] !== true).map(({ index }) => index);
}

/**
 * After a disruptive check: waits until every instance is ready, and brings back what the check left paused or dead.
 * False when the target did not recover within the bound.
 */
export async function waitRecovered(target: Target, within_ms: number, signal: AbortSignal): Promise<boolean> {
  let looked_after_ms = Number.NEGATIVE_INFINITY;
  const areReady = async (): Promise<boolean> => {
    const unready = await unreadyInstances(target, signal);
    // More than once: a start that comes while the old process is still going finds it running and does nothing.
    if (unready.length > 0 && now() - looked_after_ms > BRING_BACK_INTERVAL_MS) {
      await Promise.all(unready.filter((index) => index >= 0).map(async (index) => bringBack(target, index)));
      looked_after_ms = now();
    }
    return unready.length === 0;
  };
  return eventually(areReady, within_ms, signal);
}

async function bringBack(target: Target, index: number): Promise<void> {
  const { resume, start } = target.hooks;
  // Either may be refused because it was not needed; whether it helped is seen by waiting.
  await resume?.(index).catch(() => undefined);
  if ((await unreadyInstances(target, AbortSignal.timeout(PROBE_TIMEOUT_MS * 2))).includes(index)) {
    await start?.(index).catch(() => undefined);
  }
}
