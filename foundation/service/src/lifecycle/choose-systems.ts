// Which systems to start, and in what order: those of `--only` (else all), each after the systems that it uses.

import assert from 'node:assert/strict';
import { nearestName } from '../configuration/nearest-name.ts';
import type { SystemDefinition } from '../system-definition.ts';
import { UnusableStart } from '../unusable-start.ts';

/**
 * Independent systems keep the order of `definitions`. Fails with UnusableStart `usage` when `only` names no system, or
 * leaves out one that a chosen system uses; by assertion when the definitions use an unknown one or form a cycle.
 */
export function chooseSystems(
  definitions: readonly SystemDefinition[],
  only: readonly string[] | undefined,
): readonly SystemDefinition[] {
  const order = startOrder(definitions);
  if (only === undefined) return order;
  const names = new Set(only.map((noun) => systemOf(definitions, noun).name));
  const chosen = order.filter((definition) => names.has(definition.name));
  for (const { name, uses } of chosen) {
    const missing = uses.find((used) => !names.has(used));
    if (missing === undefined) continue;
    const message = `could not mount ${name} without ${missing}, which it uses: add ${missing} to --only`;
    throw new UnusableStart('usage', message);
  }
  return chosen;
}

/** The system of a name or of one of its other nouns. Fails with UnusableStart `usage`, naming the nearest. */
export function systemOf(definitions: readonly SystemDefinition[], noun: string): SystemDefinition {
  const found = definitions.find(({ name, nouns }) => name === noun || nouns.includes(noun));
  if (found !== undefined) return found;
  const nearest = nearestName(
    noun,
    definitions.flatMap(({ name, nouns }) => [name, ...nouns]),
  );
  const all = definitions.map(({ name }) => name).join(', ');
  const hint = nearest === undefined ? `there are ${all}` : `did you mean '${nearest}'?`;
  throw new UnusableStart('usage', `there is no system '${noun}': ${hint}`);
}

function startOrder(definitions: readonly SystemDefinition[]): readonly SystemDefinition[] {
  const byName = new Map(definitions.map((definition) => [definition.name, definition]));
  assert(byName.size === definitions.length, 'two definitions have one name');
  const order = new Set<SystemDefinition>();
  const visit = (definition: SystemDefinition, path: readonly string[]): void => {
    const cycle = [...path, definition.name].join(' -> ');
    assert(!path.includes(definition.name), `systems use each other in a circle: ${cycle}`);
    for (const name of definition.uses) {
      const used = byName.get(name);
      assert(used !== undefined, `'${definition.name}' uses '${name}', which is not defined`);
      visit(used, [...path, definition.name]);
    }
    order.add(definition);
  };
  for (const definition of definitions) visit(definition, []);
  return [...order];
}
