import type { Problem } from '../usage-error.ts';

/** A variable whose value went into a text of the config. */
export interface FilledIn {
  readonly name: string;
  readonly value: string;
}

/** Where commands and URLs stand that only an operator knows. */
const PRIVATE_FIELD = /^(?:hooks|start)\b/;
/** Known as secrets by themselves, so that standing there makes no value public. */
const SECRET_FIELD = /^(?:accounts|headers)\b/;

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * A copy of a parsed config with every `${NAME}` in a text replaced from the environment; `$${` stands for `${`.
 * An unset variable is a problem that names it and the field it stands in; a set but empty one is taken as it is.
 * `secrets` are the values that went into hooks and start commands and into nothing that is shown, such as the URL.
 */
export function expandEnv(
  value: unknown,
  environment: Environment,
  field = '',
): { value: unknown; problems: Problem[]; secrets: FilledIn[] } {
  const problems: Problem[] = [];
  const hidden = new Map<string, string>();
  const shown = new Set<string>();
  const expanded = expand(value, field);
  const secrets = Array.from(hidden, ([name, text]) => ({ name, value: text })).filter(({ name }) => !shown.has(name));
  return { value: expanded, problems, secrets };

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
      if (found !== undefined) {
        if (PRIVATE_FIELD.test(path)) hidden.set(name, found);
        else if (!SECRET_FIELD.test(path)) shown.add(name);
        return found;
      }
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
