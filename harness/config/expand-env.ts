import type { Problem } from '../usage-error.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * A copy of a parsed config with every `${NAME}` in a text replaced from the environment; `$${` stands for `${`.
 * An unset variable is a problem that names it and the field it stands in; a set but empty one is taken as it is.
 */
export function expandEnv(
  value: unknown,
  environment: Environment,
  field = '',
): { value: unknown; problems: Problem[] } {
  const problems: Problem[] = [];
  return { value: expand(value, field), problems };

  function expand(node: unknown, path: string): unknown {
    if (typeof node === 'string') return expandText(node, path);
    if (Array.isArray(node)) return node.map((item, index) => expand(item, `${path}[${String(index)}]`));
    if (typeof node !== 'object' || node === null) return node;
    return Object.fromEntries(
      Object.entries(node).map(([name, child]) => [name, expand(child, path === '' ? name : `${path}.${name}`)]),
    );
  }

  function expandText(text: string, path: string): string {
    return text.replace(/\$(\$?)\{([^}]*)\}/g, (whole, escaped: string, name: string) => {
      if (escaped !== '') return whole.slice(1);
      const found = environment[name];
      if (found !== undefined) return found;
      problems.push({
        field: path,
        found: `\${${name}}, and the variable ${name} is not set`,
        accepted: 'the name of a variable that is set',
        remedy: `Set it (export ${name}=…) or write the value itself.`,
      });
      return '';
    });
  }
}
