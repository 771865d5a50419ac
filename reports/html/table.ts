/** A table that scrolls inside itself on a narrow screen, so that the page never does. */
import { html, type Content, type Markup } from './markup.ts';

export interface Column {
  readonly title: string;
  readonly numeric?: boolean;
}

export function tableMarkup(label: string, columns: readonly Column[], rows: readonly (readonly Content[])[]): Markup {
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
          (row) =>
            html`<tr>
              ${row.map((cell, index) => html`<td class="${kind(index)}">${cell}</td>`)}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}
