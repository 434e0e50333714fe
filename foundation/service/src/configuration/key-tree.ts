// The keys of a configuration as a tree, read from the systems' schemas by way of their JSON Schema: which groups and
// keys exist, what each wants, which are secret. Names from any source are resolved against it.

import { z } from 'zod';

export type JsonSchema = z.core.JSONSchema.JSONSchema;

export type KeyNode = KeyGroup | KeyLeaf;

export type KeyGroup = {
  readonly kind: 'group';
  readonly children: ReadonlyMap<string, KeyNode>;
  /** For maps whose names the user chooses (`webhooks.NAME`): what each entry looks like. */
  readonly entries: KeyNode | undefined;
  /** True when the schema wants the group even if nothing in it is set: it is then given empty. */
  readonly required: boolean;
};

export type KeyLeaf = {
  readonly kind: 'leaf';
  readonly schema: JsonSchema;
  readonly secret: boolean;
};

export function keyTree(schema: z.ZodType): KeyNode {
  const jsonSchema = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', reused: 'inline' });
  return nodeOf(jsonSchema, { required: true });
}

/** Every leaf with its path; the entries of a map appear under the name `*`. */
export function* leavesOf(
  node: KeyNode,
  path: readonly string[] = [],
): Generator<{ readonly path: readonly string[]; readonly leaf: KeyLeaf }> {
  if (node.kind === 'leaf') {
    yield { path, leaf: node };
    return;
  }
  for (const [name, child] of node.children) yield* leavesOf(child, [...path, name]);
  if (node.entries !== undefined) yield* leavesOf(node.entries, [...path, '*']);
}

/** `__proto__` names nothing, not even in a map of the user's own names: too much code treats it as no key at all. */
export function childOf(node: KeyNode, name: string): KeyNode | undefined {
  if (name === '__proto__') return undefined;
  return node.kind === 'group' ? (node.children.get(name) ?? node.entries) : undefined;
}

export function nodeAt(root: KeyNode, path: readonly string[]): KeyNode | undefined {
  let node: KeyNode | undefined = root;
  for (const name of path) node = node && childOf(node, name);
  return node;
}

function nodeOf(schema: JsonSchema, options: { required: boolean }): KeyNode {
  const entries = schema.additionalProperties;
  const hasEntries = typeof entries === 'object' && Object.keys(entries).length > 0;
  if (schema.type !== 'object' || (schema.properties === undefined && !hasEntries)) {
    return { kind: 'leaf', schema, secret: schema.secret === true };
  }
  const children = new Map<string, KeyNode>();
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const required = schema.required?.includes(name) ?? false;
    children.set(name, nodeOf(property as JsonSchema, { required }));
  }
  return {
    kind: 'group',
    children,
    entries: hasEntries ? nodeOf(entries as JsonSchema, { required: false }) : undefined,
    required: options.required,
  };
}
