// The paths of a backup as a tree from `/`: which directories are only passed through, and which are taken whole.

export type TargetNode = {
  /** A path that was asked for: all that is in it belongs to the backup. */
  readonly whole: boolean;
  /** By name, one byte per character. */
  readonly children: ReadonlyMap<string, TargetNode>;
};

type Growing = { whole: boolean; readonly children: Map<string, Growing> };

/** `paths` are absolute and normal, one byte per character. One below another stays: it counts although rules exclude it. */
export function targetTree(paths: readonly string[]): TargetNode {
  const root: Growing = { whole: false, children: new Map() };
  for (const path of paths) {
    let node = root;
    for (const name of path.split('/').filter((part) => part !== '')) node = childOf(node, name);
    node.whole = true;
  }
  return root;
}

function childOf(node: Growing, name: string): Growing {
  const known = node.children.get(name);
  if (known !== undefined) return known;
  const child: Growing = { whole: false, children: new Map() };
  node.children.set(name, child);
  return child;
}

/** The names to visit in a directory, in the order of their bytes. `listed` is what it holds, if it is taken whole. */
export function namesToVisit(listed: readonly string[], node: TargetNode | undefined): readonly string[] {
  const sorted = [...listed].sort(compareBytes);
  if (node === undefined || node.children.size === 0) return sorted;
  return [...new Set([...listed, ...node.children.keys()])].sort(compareBytes);
}

/** JavaScript compares UTF-16 units, which are bytes here. */
function compareBytes(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
