/** Turns zod's issues into problems that say where, what was found, what is accepted and how to mend it. */
import type { z } from 'zod';
import { suggest, type Problem } from '../usage-error.ts';

type Issue = z.core.$ZodIssue;
/** The parts of a JSON Schema node that are looked at. */
export interface SchemaNode {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly additionalProperties?: SchemaNode | boolean;
  readonly items?: SchemaNode;
  readonly anyOf?: readonly SchemaNode[];
  readonly oneOf?: readonly SchemaNode[];
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, SchemaNode>>;
  readonly enum?: readonly unknown[];
  readonly type?: string;
}

/** A found value is quoted up to here. */
const FOUND_LENGTH = 120;

/** What was read: what is known of it, and how messages call it as a whole. */
export interface Read {
  readonly document: unknown;
  /** JSON Schema of what it should be. */
  readonly schema: SchemaNode;
  readonly name: string;
}

export function schemaProblems(issues: readonly Issue[], read: Read): Problem[] {
  return issues.flatMap((issue) => problemsOf(issue, [], read));
}

function problemsOf(issue: Issue, base: readonly PropertyKey[], read: Read): Problem[] {
  const path = [...base, ...issue.path];
  const node = nodeAt(read.schema, path);
  const field = fieldName(path) ?? read.name;
  if (issue.code === 'unrecognized_keys') {
    const known = propertiesOf(node, read.schema);
    return issue.keys.map((key) => ({
      field: fieldName([...path, key]) ?? key,
      found: 'a field that does not exist',
      accepted: known.join(', '),
      remedy: suggest(key, known, 'Remove it.'),
    }));
  }
  // Of a union's branches, the one whose outer type fits says what is wrong inside; none fits: the union's description.
  if (issue.code === 'invalid_union') {
    const fitting = issue.errors.find((branch) => branch.every((inner) => inner.path.length > 0 || isKeyIssue(inner)));
    if (fitting !== undefined) return fitting.flatMap((inner) => problemsOf(inner, path, read));
  }
  const found = valueAt(read.document, path);
  return [
    {
      field,
      found: found === undefined ? 'nothing' : JSON.stringify(found).slice(0, FOUND_LENGTH),
      accepted: acceptedBy(issue, node),
      remedy: remedyFor(issue, found, field),
    },
  ];
}

function isKeyIssue(issue: Issue): boolean {
  return issue.code === 'unrecognized_keys';
}

function acceptedBy(issue: Issue, node: SchemaNode | undefined): string {
  const values = valuesOf(issue);
  if (values.length > 0) return values.join(', ');
  if (node?.description !== undefined) return node.description;
  if (issue.code === 'invalid_type') return articleFor(issue.expected);
  return issue.message.replace(/^Too (?:small|big): expected /, '');
}

/** All that may stand there, where they can be counted: of a field, or of the one that tells a union's branches apart. */
function valuesOf(issue: Issue): string[] {
  if (issue.code === 'invalid_value') return issue.values.map(String);
  return issue.code === 'invalid_union' && 'options' in issue ? (issue.options ?? []).map(String) : [];
}

function remedyFor(issue: Issue, found: unknown, field: string): string {
  if (found === undefined) return `Add \`${field}\`.`;
  const values = valuesOf(issue);
  if (values.length > 0 && typeof found === 'string') return suggest(found, values, 'Take one of these.');
  if (issue.code === 'custom') return issue.message.charAt(0).toUpperCase() + issue.message.slice(1) + '.';
  return 'Change it.';
}

function articleFor(type: string): string {
  return /^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`;
}

/** `accounts[0].key`; null: the whole. */
function fieldName(path: readonly PropertyKey[]): string | null {
  const name = path.map((part) => (typeof part === 'number' ? `[${String(part)}]` : `.${String(part)}`)).join('');
  return name === '' ? null : name.replace(/^\./, '');
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
    for (const branch of branchesOf(node, root)) {
      const child = typeof part === 'number' ? branch.items : childOf(branch, String(part));
      if (child !== undefined) return child;
    }
    return undefined;
  }, root);
}

/** The node and all that it may be instead. */
function branchesOf(node: SchemaNode | undefined, root: SchemaNode): SchemaNode[] {
  if (node === undefined) return [];
  const named = node.$ref === undefined ? undefined : root.$defs?.[node.$ref.replace('#/$defs/', '')];
  const inner = [...(named === undefined ? [] : [named]), ...(node.anyOf ?? []), ...(node.oneOf ?? [])];
  return [node, ...inner.flatMap((branch) => branchesOf(branch, root))];
}

function childOf(node: SchemaNode, name: string): SchemaNode | undefined {
  const rest = typeof node.additionalProperties === 'object' ? node.additionalProperties : undefined;
  return node.properties?.[name] ?? rest;
}

function propertiesOf(node: SchemaNode | undefined, root: SchemaNode): string[] {
  return [...new Set(branchesOf(node, root).flatMap((branch) => Object.keys(branch.properties ?? {})))];
}
