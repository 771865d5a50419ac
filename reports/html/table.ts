/** A table that scrolls inside itself on a narrow screen, so that the page never does. */
import { html, type Content, type Markup } from './markup.ts';

export interface Column {
  readonly title: string;
  readonly numeric?: boolean;
}

/** `anchors`: of the rows that something links to. */
export function tableMarkup(
  label: string,
  columns: readonly Column[],
  rows: readonly (readonly Content[])[],
  anchors: readonly (string | null)[] = [],
): Markup {
  const anchored = (index: number) => {
    const anchor = anchors[index] ?? null;
    return anchor === null ? null : html` id="${anchor}" tabindex="-1"`;
  };
  const kind = (index: number) => (columns[index]?.numeric === true ? 'num' : 'txt');
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${label}">
    <table>
      <caption>
        ${label}
      </caption>
      <thead>
        <tr>
          ${columns.map((column, index) => html`<th scope="col" class="${kind(index)}">${column.title}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row, line) =>
            html`<tr${anchored(line)}>
              ${row.map((cell, index) => html`<td class="${kind(index)}">${cell}</td>`)}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}
