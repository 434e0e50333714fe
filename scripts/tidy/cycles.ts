// No file of a package imports itself through others: a cycle is one concept spread over files, and breaks at load time
// in whichever order nobody tested. `import type` does not count: it is gone when the program runs.

import { importsOf, isRelative, resolveRelative } from './imports.ts';
import { type Repository, sourcesOf, type Violation } from './repository.ts';

export function checkCycles(repository: Repository): readonly Violation[] {
  const edges = new Map<string, readonly string[]>();
  for (const [path, text] of sourcesOf(repository)) {
    const targets = importsOf(text).filter(({ specifier, typeOnly }) => !typeOnly && isRelative(specifier));
    edges.set(
      path,
      targets.map(({ specifier }) => resolveRelative(path, specifier)),
    );
  }
  return cyclesOf(edges).map((cycle) => ({
    path: cycle[0]!,
    message: `imports itself: ${cycle.join(' -> ')}`,
  }));
}

/** One cycle for each file at which a depth-first walk comes back to where it is. */
export function cyclesOf(edges: ReadonlyMap<string, readonly string[]>): readonly (readonly string[])[] {
  const cycles: string[][] = [];
  const done = new Set<string>();
  const visit = (node: string, trail: readonly string[]): void => {
    const start = trail.indexOf(node);
    if (start !== -1) cycles.push([...trail.slice(start), node]);
    if (start !== -1 || done.has(node)) return;
    for (const next of edges.get(node) ?? []) visit(next, [...trail, node]);
    done.add(node);
  };
  for (const node of edges.keys()) visit(node, []);
  return cycles;
}
