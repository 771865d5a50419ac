/** JSON as text: rearranged without parsing a single number or string, so that both keep their exact text. */
import type { Random } from '../../spec/random.ts';

/** Tokens of a JSON text: strings, structural characters, everything else; white space is kept with what follows. */
const TOKEN = /\s*(?:"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+)/gy;

/** null when the text is no JSON, as far as its tokens show. */
function tokensOf(text: string): string[] | null {
  const tokens = text.match(TOKEN) ?? [];
  return tokens.join('').length === text.trimEnd().length ? tokens : null;
}

/** The text cut where JSON allows a line feed: after structural commas. */
export function breakLines(text: string): string[] {
  const tokens = tokensOf(text);
  if (tokens === null) return [text];
  const lines = [''];
  for (const token of tokens) {
    lines.push(`${lines.pop() ?? ''}${token}`);
    if (token.trim() === ',') lines.push('');
  }
  return lines;
}

/**
 * Shuffles the members of every object. The order depends on the seed and the members' names alone, so equal answers
 * stay equal. A text that is no JSON comes back as it is.
 */
export function shuffleMembers(text: string, random: Random): string {
  const found = tokensOf(text);
  if (found === null) return text;
  const tokens: readonly string[] = found;
  let at = 0;
  const next = (): string => tokens[at++] ?? '';
  const peek = (): string => (tokens[at] ?? '').trim();

  function value(): string {
    const token = next();
    if (token.trim() === '{') return token + members() + next();
    if (token.trim() === '[') return token + elements() + next();
    return token;
  }
  function members(): string {
    const all: string[] = [];
    while (peek() !== '}' && at < tokens.length) {
      all.push(next() + next() + value());
      if (peek() === ',') next();
    }
    const names = all.map((member) => /^\s*"(?:[^"\\]|\\.)*"/.exec(member)?.[0].trim() ?? '');
    // A name given twice means its last value: then order matters.
    if (new Set(names).size < all.length) return all.join(',');
    return random.fork(names.join()).shuffle(all).join(',');
  }
  function elements(): string {
    const all: string[] = [];
    while (peek() !== ']' && at < tokens.length) {
      all.push(value());
      if (peek() === ',') next();
    }
    return all.join(',');
  }
  const shuffled = value();
  return at === tokens.length ? shuffled : text;
}
