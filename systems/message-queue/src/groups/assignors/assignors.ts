// The assignors that the broker has, by the names that clients ask for.

import type { Assignor } from './assignor.ts';
import { assignRange } from './range.ts';
import { assignUniform } from './uniform.ts';

export const assignors = { uniform: assignUniform, range: assignRange } as const satisfies Record<
  string,
  Assignor
>;

export type AssignorName = keyof typeof assignors;

export const assignorDefault: AssignorName = 'uniform';

export function isAssignor(name: string): name is AssignorName {
  return Object.hasOwn(assignors, name);
}
