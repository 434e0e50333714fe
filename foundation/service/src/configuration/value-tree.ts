// Values by path while a configuration is put together. Objects here have no prototype: a name such as `constructor` in
// a map of the user's own names is a name like any other.

import type { KeyNode } from './key-tree.ts';

export type ValueTree = { [name: string]: unknown };

export function newValueTree(): ValueTree {
  return Object.create(null) as ValueTree;
}

export function setValue(tree: ValueTree, path: readonly string[], value: unknown): void {
  let at = tree;
  for (const name of path.slice(0, -1)) {
    at[name] ??= newValueTree();
    at = at[name] as ValueTree;
  }
  at[path.at(-1)!] = value;
}

export function valueAt(tree: unknown, path: readonly string[]): unknown {
  let at = tree;
  for (const name of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, name)) return undefined;
    at = (at as ValueTree)[name];
  }
  return at;
}

/** Gives every group that the schema requires an empty object, so that the defaults of its keys apply. */
export function fillGroups(tree: ValueTree, node: KeyNode): void {
  if (node.kind === 'leaf') return;
  for (const [name, child] of node.children) {
    if (child.kind === 'leaf') continue;
    if (tree[name] === undefined && child.required) tree[name] = newValueTree();
    if (tree[name] !== undefined) fillGroups(tree[name] as ValueTree, child);
  }
  if (node.entries?.kind !== 'group') return;
  for (const name of Object.keys(tree)) {
    if (!node.children.has(name)) fillGroups(tree[name] as ValueTree, node.entries);
  }
}
