/** What a target says of itself in the Prometheus text format. */
import type { Lab } from '../../harness/lab.ts';

/**
 * The sum of a metric's series on one instance; null when it cannot be read or there is no such metric. The config's
 * `metric_names` tells what another server calls it.
 */
export async function findMetric(lab: Lab, name: string, instance = 0): Promise<number | null> {
  const url = lab.target.instances[instance]?.metrics_url ?? null;
  if (url === null || !lab.target.capabilities.has('metrics')) return null;
  const request = { method: 'GET', path: url.pathname + url.search };
  const { status, body } = await lab.http(request, { via: new URL(url.origin), account: null });
  const values = status === 200 ? samples(body.toString('utf8'), lab.target.metric_names[name] ?? name) : [];
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0);
}

/** The same where a check cannot go without: `Unmet` when there is none, nothing was observed then. */
export async function metric(lab: Lab, name: string, instance = 0): Promise<number> {
  const value = await findMetric(lab, name, instance);
  const message = `instance ${instance} shows no metric ${name}; name yours in metric_names.${name}, set its metrics_url`;
  lab.given(value !== null, 'no-metric', message);
  return value;
}

/** `name{labels} value [timestamp]`, comments apart. Label values may hold anything but an unescaped quote. */
function samples(text: string, series: string): number[] {
  return text.split('\n').flatMap((line) => {
    if (!line.startsWith(series)) return [];
    const found = /^(?:\{(?:[^"}]|"(?:[^"\\]|\\.)*")*\})?\s+(\S+)/.exec(line.slice(series.length));
    return found?.[1] === undefined ? [] : [Number(found[1])];
  });
}
