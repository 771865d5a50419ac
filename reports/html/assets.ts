/** The page's own stylesheet and script, and uPlot's, as text. Files of the package: read once, never changed. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const { resolve } = createRequire(import.meta.url);

function own(name: string): string {
  return readFileSync(new URL(`./assets/${name}`, import.meta.url), 'utf8');
}

function uplot(name: string): string {
  return readFileSync(resolve(`uplot/dist/${name}`), 'utf8');
}

/** In the order of the cascade. */
const STYLES = ['base.css', 'summary.css', 'instruments.css', 'findings.css', 'tables.css', 'media.css'];

export interface Assets {
  readonly style: string;
  /** The chart library first, then what uses it. */
  readonly scripts: readonly string[];
}

let loaded: Assets | null = null;

export function assets(): Assets {
  loaded ??= {
    style: [uplot('uPlot.min.css'), ...STYLES.map(own)].join('\n'),
    scripts: [uplot('uPlot.iife.min.js'), own('chart.js'), own('page.js')],
  };
  return loaded;
}
