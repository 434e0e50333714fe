// Condemnations, their waits and verdicts that are hurt: until they are gone writers and `gc` cannot be sure of what they may rely on
// or delete (`core/chunk-index/read-condemned.ts` has the cases).
//
// A condemnation is called off before it goes, so no collector that could still read it deletes anything by it; waits are recorded anew by
// the next `gc`, which also decides anew where a verdict was hurt that nobody has carried out.

import { Condemnations } from '../collect/condemnations.ts';
import { callOff } from '../core/chunk-index/read-condemned.ts';
import type { Repository } from '../core/repository.ts';
import { onStore } from '../core/store/store-error.ts';
import { idOf } from '../format/object-names.ts';

/** Which of the names of hurt objects it would remove. */
export function hurtLists(hurt: readonly string[]): readonly string[] {
  return hurt.filter((name) => name.startsWith('condemned/') || name.startsWith('verdicts/'));
}

/** `names` are of `hurtLists`. Throws `repository-replaced`, `store`. */
export async function removeHurtLists(repository: Repository, names: readonly string[]): Promise<void> {
  if (names.length === 0) return;
  await repository.identity.check('remove hurt condemnations and verdicts');
  const condemned = names.flatMap((name) => idOf('condemned', name) ?? []);
  const rest = names.filter((name) => idOf('condemned', name) === undefined);
  // Verdicts first: of a condemnation without one it is known that nobody will delete by it any more, once it is called off.
  await onStore(`delete ${rest.join(', ')}`, () => repository.blobs.delete(rest));
  const condemnations = new Condemnations(repository);
  for (const id of condemned) {
    await callOff(repository, id);
    await condemnations.remove(id);
  }
}
