/** What a target says of itself in the Prometheus text format. */
import type { Lab } from '../../harness/lab.ts';

/**
 * The sum of a metric's series on one instance. `Unmet` when there is no such metric: nothing was observed then. The
 * config's `metric_names` tells what another server calls it.
 */
export async function metric(lab: Lab, name: string, instance = 0): Promise<number> {
  const url = lab.target.instances[instance]?.metrics_url ?? null;
  lab.given(url !== null, 'no-metrics-url', `the config has no metrics_url of instance ${instance}`);
  const request = { method: 'GET', path: url.pathname + url.search };
  const { status, body } = await lab.http(request, { via: new URL(url.origin), account: null });
  lab.given(status === 200, 'no-metrics', `${url.pathname} was answered ${status}`);
  const series = lab.target.metric_names[name] ?? name;
  const values = samples(body.toString('utf8'), series);
  lab.given(values.length > 0, 'no-metric', `no metric is called ${series}; name yours in metric_names.${name}`);
  return values.reduce((sum, value) => sum + value, 0);
}

/** `name{labels} value [timestamp]`, comments apart. Label values may hold anything but an unescaped quote. */
function samples(text: string, series: string): number[] {
  return text.split('\n').flatMap((line) => {
    if (!line.startsWith(series)) return [];
    const found = /^(?:\{(?:[^"}]|"(?:[^"\\]|\\.)*")*\})?\s+(\S+)/.exec(line.slice(series.length));
    return found?.[1] === undefined ? [] : [Number(found[1])];
  });
}
