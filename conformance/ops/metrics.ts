/** The six series that the alerts of the rollout stand on (seed 004 §5 phase 3). */
import { defineCheck, type Check } from '../../harness/check.ts';
import type { Lab } from '../../harness/lab.ts';
import { arrives, attachBound } from '../support/followed.ts';

/** Under the names of the contracts; a config may name others. */
const HISTOGRAMS = [
  'event_latency_seconds',
  'frame_bytes',
  'replay_duration_seconds',
  'persistence_latency_seconds',
] as const;
const SERIES = [...HISTOGRAMS, 'queue_depth', 'persistence_failures_total'] as const;
const EVENTS = 5;

const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{.*\})?\s+(\S+)(?:\s+\S+)?$/;

/** Samples by name, label sets added up. */
function samples(exposition: string): Map<string, number> {
  const read = new Map<string, number>();
  for (const line of exposition.split('\n')) {
    const [, name, value] = SAMPLE.exec(line.trim()) ?? [];
    if (name !== undefined) read.set(name, (read.get(name) ?? 0) + Number(value));
  }
  return read;
}

async function scrape(lab: Lab): Promise<{ readonly read: Map<string, number>; readonly number: number }> {
  const [instance] = lab.target.instances;
  const url = instance?.metrics_url ?? null;
  lab.given(url !== null, 'no-metrics-url', 'the config has no metrics_url of instance 0');
  const path = url.pathname + url.search;
  const { status, body, number } = await lab.http({ method: 'GET', path }, { via: new URL(url.origin), account: null });
  lab.given(status === 200, 'no-metrics', `GET ${path} was answered ${status}`);
  return { read: samples(body.toString('utf8')), number };
}

const named = (lab: Lab, series: string): string => lab.target.metric_names[series] ?? series;

const sixSeries = defineCheck({
  id: 'metrics-six-series',
  rows: ['OPS-05'],
  title: 'Reads the metrics after an event was appended and read',
  needs: { operations: ['create', 'append', 'subscribe'], capabilities: ['metrics'], instances: 1 },
  isolation: 'shared',
  costs: { streams: 1, connections: 3 },
  run: async (lab: Lab) => {
    await observeEvents(lab);
    const { read, number } = await scrape(lab);
    const missing = SERIES.filter((series) => {
      const name = named(lab, series);
      return !read.has(name) && !read.has(`${name}_count`) && !read.has(`${name}_sum`);
    });
    lab.expect(missing.length === 0, {
      reason: 'series-missing',
      expected: SERIES.map((series) => named(lab, series)).join(', '),
      observed: `without ${missing.join(', ')}`,
      evidence: { missing, series: read.size },
      exchanges: [number],
    });
  },
});

/** Appends through the first instance while a reader follows there. */
async function observeEvents(lab: Lab): Promise<void> {
  const stream = await lab.start({}, { via: 0 });
  await using reader = lab.subscribe(stream, { via: 0 });
  let last = 0;
  for (let sent = 0; sent < EVENTS; sent += 1) {
    last = (await lab.append(stream, lab.events(1), { via: 0 })).at(-1) ?? last;
    const seen = await arrives(reader, last, attachBound(lab));
    lab.given(seen, 'setup-subscribe', `a reader was not shown event ${last}`);
  }
}

const moves = defineCheck({
  id: 'metrics-move',
  rows: ['OPS-06'],
  title: `Compares the metrics before and after ${EVENTS} events were appended and read`,
  needs: { operations: ['create', 'append', 'subscribe'], capabilities: ['metrics'], instances: 1 },
  isolation: 'shared',
  costs: { streams: 1, connections: 3 },
  run: async (lab: Lab) => {
    const before = await scrape(lab);
    await observeEvents(lab);
    const after = await scrape(lab);
    for (const series of ['event_latency_seconds', 'frame_bytes', 'persistence_latency_seconds'] as const) {
      const name = `${named(lab, series)}_count`;
      const [was, is] = [before.read.get(name), after.read.get(name)];
      lab.given(was !== undefined && is !== undefined, 'no-metrics', `the metrics lack ${name}`);
      lab.expect(is > was, {
        reason: 'series-stands-still',
        expected: `${name} to rise with ${EVENTS} events`,
        observed: `${was} before, ${is} after`,
        evidence: { series: name, before: was, after: is },
        exchanges: [before.number, after.number],
      });
    }
  },
});

export const METRICS: readonly Check[] = [sixSeries, moves];
