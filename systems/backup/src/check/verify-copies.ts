// `config` and the keyring in force, each with its second copy: compared with what the repository was opened with, so one of the two was
// whole then (DESIGN.md, "Second copies").

import { findHurtCopies, type HurtCopy } from '../core/keys/second-copies.ts';
import type { Repository } from '../core/repository.ts';
import { copyName, keyringVersionOf } from '../format/object-names.ts';
import { damage, type Finding, notice } from './finding.ts';
import type { Listing } from './list-objects.ts';

export async function verifyCopies(repository: Repository): Promise<readonly Finding[]> {
  const hurt = await findHurtCopies(repository);
  const names = new Set(hurt.map(({ name }) => name));
  return hurt.map((copy) => findingOf(copy, names));
}

/** A copy that is missing may never have been put: by a program that kept none, or that died in between. */
function findingOf({ name, of, problem, detail }: HurtCopy, hurt: ReadonlySet<string>): Finding {
  const copy = copyName(of);
  if (name === copy) {
    if (problem !== 'missing') return damage(name, `${detail}: \`repair\` puts the bytes of \`${of}\` there`);
    return notice(name, `there is no second copy of \`${of}\`: the next \`gc\` or \`repair\` puts it`);
  }
  if (hurt.has(copy)) return damage(name, detail);
  return damage(name, `${detail}: \`${copy}\` is read in its place, and \`repair\` mends it`);
}

const newerKeyring = 'the keys were rotated since this repository was opened, or are just being rotated';

/** Only the version in force is under the root key that is known. Those before it stay after each rotation, and nobody needs them. */
export function newerKeyrings(
  { root: { keyringVersion } }: Repository,
  { keyrings }: Listing,
): readonly Finding[] {
  const newer = keyrings.filter(({ name }) => keyringVersionOf(name)! > keyringVersion);
  return newer.map(({ name }) => notice(name, newerKeyring));
}
