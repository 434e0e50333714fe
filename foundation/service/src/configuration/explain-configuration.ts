// What `cairn config` and the documents tell: each key in force, its value and where that came from; and each key there
// is, with its type and default.

import type { SystemDefinition } from '../system-definition.ts';
import { variableOf } from './environment-source.ts';
import { type KeyNode, leavesOf } from './key-tree.ts';
import { describeWanted } from './leaf-text.ts';
import { type Configuration, configurationTree } from './load-configuration.ts';
import { masked } from './masking.ts';
import { valueAt } from './value-tree.ts';

export type ExplainedKey = {
  readonly key: string;
  /** Safe to print: secrets and passwords in URLs are masked. Undefined when the key has no value. */
  readonly value: unknown;
  /** `default`, a file, `environment CAIRN_X`, `flag --set`. */
  readonly origin: string;
};

export type ConfigurationKey = {
  /** Dotted; `*` stands for a name of the user's own. */
  readonly key: string;
  readonly variable: string;
  /** What it wants, in words. */
  readonly wanted: string;
  readonly description: string;
  readonly default: unknown;
  readonly secret: boolean;
};

/** Every key with its value in force, in the order of the schemas. */
export function explainConfiguration(input: {
  readonly definitions: readonly SystemDefinition[];
  readonly configuration: Configuration;
}): readonly ExplainedKey[] {
  const { origins } = input.configuration;
  const values = allValues(input.configuration);
  return [...keysInForce(configurationTree(input.definitions), values, [])].map(({ path, node }) => {
    const key = path.join('.');
    return { key, value: masked(valueAt(values, path), node), origin: origins.get(key) ?? 'default' };
  });
}

/** Every key there is, for documents and completion. */
export function configurationKeys(definitions: readonly SystemDefinition[]): readonly ConfigurationKey[] {
  return [...leavesOf(configurationTree(definitions))].map(({ path, leaf }) => ({
    key: path.join('.'),
    variable: variableOf(path),
    wanted: describeWanted(leaf.schema),
    description: leaf.schema.description ?? '',
    default: leaf.secret ? undefined : leaf.schema.default,
    secret: leaf.secret,
  }));
}

function allValues(configuration: Configuration): Readonly<Record<string, unknown>> {
  const values: Record<string, unknown> = { ...configuration.values };
  for (const [system, engines] of configuration.systemEngines) {
    values[system] = { ...(values[system] as object), engines };
  }
  return values;
}

/** The leaves of the tree, with the entries that a map really has. */
function* keysInForce(
  node: KeyNode,
  values: unknown,
  path: readonly string[],
): Generator<{ readonly path: readonly string[]; readonly node: KeyNode }> {
  if (node.kind === 'leaf') {
    yield { path, node };
    return;
  }
  for (const [name, child] of node.children) yield* keysInForce(child, values, [...path, name]);
  if (node.entries === undefined) return;
  for (const name of Object.keys(valueAt(values, path) ?? {})) {
    if (!node.children.has(name)) yield* keysInForce(node.entries, values, [...path, name]);
  }
}
