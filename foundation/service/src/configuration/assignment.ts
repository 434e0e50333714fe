// One value given to one key by one source. All sources come down to a list of these, in order of precedence.

import { type ConfigurationProblem, unknownKey } from './configuration-error.ts';
import { childOf, type KeyGroup, type KeyLeaf, type KeyNode } from './key-tree.ts';
import { valueOfText } from './leaf-text.ts';

export type Assignment = {
  readonly path: readonly string[];
  readonly value: unknown;
  readonly origin: string;
};

export type Assignments = {
  readonly assignments: readonly Assignment[];
  readonly problems: readonly ConfigurationProblem[];
};

/** How a source writes names: the segments of a key, and how a segment is matched against the tree. */
export type Spelling = {
  spell(path: readonly string[]): string;
  /** The child that the segment names, and its name in the tree. */
  match(group: KeyGroup, segment: string): { readonly name: string; readonly node: KeyNode } | undefined;
};

export const dottedSpelling: Spelling = {
  spell: (path) => path.join('.'),
  match: (group, segment) => {
    const node = childOf(group, segment);
    return node === undefined ? undefined : { name: segment, node };
  },
};

/** Resolves the name of a value given as text, and reads the text by the key's type. */
export function assignText(
  root: KeyNode,
  given: { readonly segments: readonly string[]; readonly text: string; readonly origin: string },
  spelling: Spelling,
): Assignment | ConfigurationProblem {
  const key = spelling.spell(given.segments);
  const path: string[] = [];
  let node = root;
  for (const segment of given.segments) {
    const found = node.kind === 'group' ? spelling.match(node, segment) : undefined;
    if (found === undefined) return unknownAt(root, { path, key, origin: given.origin, spelling });
    path.push(found.name);
    node = found.node;
  }
  if (node.kind === 'group') {
    const names = [...node.children.keys()].map((name) => spelling.spell([...path, name]));
    const message = `'${key}' (${given.origin}) is a group, not a key: set one of ${names.join(', ')}`;
    return { key, origin: given.origin, message };
  }
  return { path, value: valueOfText(node.schema, given.text), origin: given.origin };
}

/** The problem of a key that is not in the tree, known up to `path`. */
export function unknownAt(
  root: KeyNode,
  options: {
    readonly path: readonly string[];
    readonly key: string;
    readonly origin: string;
    readonly spelling: Spelling;
  },
): ConfigurationProblem {
  const { spelling, path, key, origin } = options;
  const siblings = namesUnder(root, path).map((name) => spelling.spell([...path, name]));
  const candidates = [...namesBelow(root, [])].map((names) => spelling.spell(names));
  return unknownKey(key, { origin, candidates, siblings });
}

export function isProblem(result: Assignment | ConfigurationProblem): result is ConfigurationProblem {
  return 'message' in result;
}

function namesUnder(root: KeyNode, path: readonly string[]): readonly string[] {
  let node: KeyNode | undefined = root;
  for (const name of path) node = node && childOf(node, name);
  return node?.kind === 'group' ? [...node.children.keys()] : [];
}

function* namesBelow(node: KeyGroup | KeyLeaf, path: readonly string[]): Generator<readonly string[]> {
  if (node.kind === 'leaf') return;
  for (const [name, child] of node.children) {
    yield [...path, name];
    yield* namesBelow(child, [...path, name]);
  }
}
