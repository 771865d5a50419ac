/** HTML that escapes by itself: only what `html` built is mark-up, every other value is text of unknown origin. */
import { printable, printableLines } from '../printable.ts';

export class Markup {
  readonly source: string;
  constructor(source: string) {
    this.source = source;
  }
}

export type Content = Markup | string | number | readonly Content[] | null;

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeEntities(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}

function write(content: Content): string {
  if (content === null) return '';
  if (content instanceof Markup) return content.source;
  if (typeof content === 'object') return content.map(write).join('');
  return escapeEntities(printable(String(content)));
}

/** A template whose values are escaped, in text and in quoted attributes alike. Lists are joined, null is nothing. */
export function html(strings: TemplateStringsArray, ...values: readonly Content[]): Markup {
  return new Markup(strings.map((text, index) => text + write(values[index] ?? null)).join(''));
}

/** Prose in which `code` stands between backticks, as rows write it. */
export function prose(text: string): Markup {
  const parts = text.split('`');
  // An odd number of backticks: the last one is no delimiter.
  if (parts.length % 2 === 0) return html`${text}`;
  return html`${parts.map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : part))}`;
}

/** Text that keeps its line breaks, for `<pre>`. */
export function lines(text: string): Markup {
  return new Markup(escapeEntities(printableLines(text)));
}

/** JSON inside a script element: no `<` can end it. */
export function embeddedJson(value: unknown): Markup {
  return new Markup(JSON.stringify(value).replaceAll('<', '\\u003c'));
}

/** A number in an SVG attribute: one decimal is below what a screen shows. */
export function px(value: number): string {
  return String(Math.round(value * 10) / 10);
}
