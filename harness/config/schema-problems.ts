/** Turns zod's issues into problems that say where, what was found, what is accepted and how to mend it. */
import type { z } from 'zod';
import { suggest, type Problem } from '../usage-error.ts';
import { configJsonSchema } from './schema.ts';

type Issue = z.core.$ZodIssue;
/** The parts of a JSON Schema node that are looked at. */
interface SchemaNode {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly additionalProperties?: SchemaNode | boolean;
  readonly items?: SchemaNode;
  readonly anyOf?: readonly SchemaNode[];
  readonly enum?: readonly unknown[];
  readonly type?: string;
}

/** A found value is quoted up to here. */
const FOUND_LENGTH = 120;

export function schemaProblems(issues: readonly Issue[], document: unknown): Problem[] {
  const root = configJsonSchema() as SchemaNode;
  return issues.flatMap((issue) => problemsOf(issue, [], root, document));
}

function problemsOf(issue: Issue, base: readonly PropertyKey[], root: SchemaNode, document: unknown): Problem[] {
  const path = [...base, ...issue.path];
  const node = nodeAt(root, path);
  if (issue.code === 'unrecognized_keys') {
    const known = propertiesOf(node);
    return issue.keys.map((key) => ({
      field: fieldName([...path, key]),
      found: 'a field that does not exist',
      accepted: known.join(', '),
      remedy: suggest(key, known, 'Remove it.'),
    }));
  }
  // Of a union's branches, the one whose outer type fits says what is wrong inside; none fits: the union's description.
  if (issue.code === 'invalid_union') {
    const fitting = issue.errors.find((branch) => branch.every((inner) => inner.path.length > 0 || isKeyIssue(inner)));
    if (fitting !== undefined) return fitting.flatMap((inner) => problemsOf(inner, path, root, document));
  }
  const found = valueAt(document, path);
  return [
    {
      field: fieldName(path),
      found: found === undefined ? 'nothing' : JSON.stringify(found).slice(0, FOUND_LENGTH),
      accepted: acceptedBy(issue, node),
      remedy: remedyFor(issue, found, fieldName(path)),
    },
  ];
}

function isKeyIssue(issue: Issue): boolean {
  return issue.code === 'unrecognized_keys';
}

function acceptedBy(issue: Issue, node: SchemaNode | undefined): string {
  if (issue.code === 'invalid_value') return issue.values.map(String).join(', ');
  if (node?.description !== undefined) return node.description;
  return issue.code === 'invalid_type' ? articleFor(issue.expected) : issue.message;
}

function remedyFor(issue: Issue, found: unknown, field: string): string {
  if (found === undefined) return `Add \`${field}\`.`;
  if (issue.code === 'invalid_value' && typeof found === 'string') {
    return suggest(found, issue.values.map(String), 'Take one of these.');
  }
  if (issue.code === 'custom') return issue.message.charAt(0).toUpperCase() + issue.message.slice(1) + '.';
  return 'Change it.';
}

function articleFor(type: string): string {
  return /^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`;
}

/** `accounts[0].key`; the file itself is named so. */
function fieldName(path: readonly PropertyKey[]): string {
  const name = path.map((part) => (typeof part === 'number' ? `[${String(part)}]` : `.${String(part)}`)).join('');
  return name === '' ? 'the file' : name.replace(/^\./, '');
}

function valueAt(document: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (node, part) =>
      typeof node === 'object' && node !== null ? (node as Record<PropertyKey, unknown>)[part] : undefined,
    document,
  );
}

function nodeAt(root: SchemaNode, path: readonly PropertyKey[]): SchemaNode | undefined {
  return path.reduce<SchemaNode | undefined>((node, part) => {
    const branches = node === undefined ? [] : [node, ...(node.anyOf ?? [])];
    for (const branch of branches) {
      const child = typeof part === 'number' ? branch.items : childOf(branch, String(part));
      if (child !== undefined) return child;
    }
    return undefined;
  }, root);
}

function childOf(node: SchemaNode, name: string): SchemaNode | undefined {
  const rest = typeof node.additionalProperties === 'object' ? node.additionalProperties : undefined;
  return node.properties?.[name] ?? rest;
}

function propertiesOf(node: SchemaNode | undefined): string[] {
  return [node, ...(node?.anyOf ?? [])].flatMap((branch) => Object.keys(branch?.properties ?? {}));
}
