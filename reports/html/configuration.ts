/** How the run was set up: machine, target, configuration without secrets, and the fault plan as it was resolved. */
import type { RunResult } from '../../harness/result.ts';
import type { JsonValue } from '../../spec/wire.ts';
import { clip } from '../printable.ts';
import { html, lines, type Markup } from './markup.ts';

const JSON_LIMIT = 100_000;

function block(title: string, value: JsonValue): Markup {
  const text = clip(JSON.stringify(value, null, 2), JSON_LIMIT);
  return html`<details class="json">
    <summary>${title}</summary>
    <pre tabindex="0">${lines(text)}</pre>
  </details>`;
}

export function configurationMarkup({ manifest }: RunResult): Markup {
  const { target } = manifest;
  const facts: readonly (readonly [string, string])[] = [
    ['Run', manifest.run_id],
    ['Started', manifest.started_at],
    ['Command', manifest.command],
    ['streamproof', manifest.streamproof_version],
    ['Node', manifest.node_version],
    ['Machine', `${manifest.platform}, ${manifest.cpus} CPUs`],
    ['Dialect', target.dialect],
    ['Capabilities', target.capabilities.join(', ') || 'none declared'],
  ];
  return html`<dl class="run">
      ${facts.map(
        ([name, value]) =>
          html`<div>
            <dt>${name}</dt>
            <dd>${clip(value, 2_000)}</dd>
          </div>`,
      )}
    </dl>
    ${block('Configuration, secrets left out', manifest.config)} ${block('Fault plan as resolved', manifest.plan)}`;
}
