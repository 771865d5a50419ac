/** A strict reader of XML 1.0 without doctype: throws on what is not well-formed, and returns the elements seen. */

export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly path: string;
}

const LEGAL = /^[\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]*$/u;
const TOKEN = /<\?xml [^?]*\?>|<\/([A-Za-z][\w-]*)>|<([A-Za-z][\w-]*)((?: [A-Za-z][\w-]*="[^"<]*")*)(\/?)>|[^<]+/gy;
const ENTITY = /&(?:amp|lt|gt|quot|apos);/g;
const NAMES: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&apos;': "'",
};

function text(raw: string): string {
  if (raw.replace(ENTITY, '').includes('&')) throw new SyntaxError(`unknown entity in ${raw}`);
  if (raw.includes(']]>')) throw new SyntaxError(`]]> in text: ${raw}`);
  return raw.replace(ENTITY, (entity) => NAMES[entity] ?? '');
}

export function parseXml(source: string): readonly XmlElement[] {
  if (!LEGAL.test(source)) throw new SyntaxError('a character that XML does not allow');
  const open: string[] = [];
  const elements: XmlElement[] = [];
  let end = 0;
  for (const token of source.matchAll(TOKEN)) {
    const [all, closing, opening, attributes = '', selfClosing] = token;
    end = token.index + all.length;
    if (closing !== undefined) {
      if (open.pop() !== closing) throw new SyntaxError(`</${closing}> closes nothing`);
    } else if (opening !== undefined) {
      const pairs = [...attributes.matchAll(/ ([\w-]+)="([^"]*)"/g)].map(([, name = '', value = '']) => [
        name,
        text(value),
      ]);
      elements.push({
        name: opening,
        attributes: Object.fromEntries(pairs) as Record<string, string>,
        path: open.join('/'),
      });
      if (selfClosing !== '/') open.push(opening);
    } else if (!all.startsWith('<?')) {
      text(all);
    }
  }
  if (end !== source.length) throw new SyntaxError(`not XML: ${source.slice(end, end + 80)}`);
  if (open.length > 0) throw new SyntaxError(`never closed: ${open.join('/')}`);
  return elements;
}
