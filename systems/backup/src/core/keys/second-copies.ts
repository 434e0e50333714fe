// The second copies of what a repository cannot be opened without: `config` and the keyring (DESIGN.md, "Second copies").
//
// The invariant: a copy is the bytes that won the put-if-absent of the first, and is put behind it, so no copy ever says anything that the
// first did not. A crash in between leaves a first without a copy, as programs did that kept none: `gc` and `repair` put it.

import type { Blobs } from '@cairn/engines';
import { configName, copyName } from '../../format/object-names.ts';
import type { Repository } from '../repository.ts';
import { readWhole } from '../store/read-whole.ts';
import { isDamage, isFull, onStore } from '../store/store-error.ts';
import { undoneUnlessSame } from './undone-unless-same.ts';

export type StoredObject = { readonly name: string; readonly bytes: Uint8Array };

/** One of the two, first or copy, that is not as the repository was opened with it. */
export type HurtCopy = StoredObject & {
  /** Of the first. */
  readonly of: string;
  readonly problem: 'missing' | 'altered' | 'unreadable';
  readonly detail: string;
};

/** Only for who has just stored the first: whatever lies there is of a repository that is gone. */
export async function putCopy(blobs: Blobs, { name, bytes }: StoredObject): Promise<void> {
  const copy = copyName(name);
  await onStore(`put ${copy}`, () => blobs.put(copy, bytes));
}

/** Of `config` and the keyring in force, firsts before their copies. Throws `store`. */
export async function findHurtCopies(repository: Repository): Promise<readonly HurtCopy[]> {
  const hurt: HurtCopy[] = [];
  for (const { name: of, bytes } of repository.openedWith) {
    for (const name of [of, copyName(of)]) {
      const problem = await problemOf(repository, { name, bytes });
      if (problem !== undefined) hurt.push({ name, bytes, of, ...problem });
    }
  }
  return hurt;
}

async function problemOf(
  { blobs, world }: Repository,
  { name, bytes }: StoredObject,
): Promise<Pick<HurtCopy, 'problem' | 'detail'> | undefined> {
  try {
    const found = await readWhole({ blobs, world, name });
    if (found === undefined) return { problem: 'missing', detail: 'it is missing' };
    return Buffer.compare(found, bytes) === 0 ? undefined : { problem: 'altered', detail: 'it was altered' };
  } catch (error) {
    if (!isDamage(error)) throw error;
    return { problem: 'unreadable', detail: error.detail ?? error.message };
  }
}

/** Puts them over what is there. Throws `repository-replaced`, `store`. */
export async function mendCopies(repository: Repository, hurt: readonly HurtCopy[]): Promise<void> {
  for (const { name, bytes } of hurt) {
    const attempted = `put ${name}`;
    await repository.identity.check(attempted);
    await onStore(attempted, () => repository.blobs.put(name, bytes));
  }
}

/** Those that are not there, as far as there is room. Throws `repository-replaced`, `store`. */
export async function putMissingCopies(repository: Repository): Promise<void> {
  const { blobs, identity, openedWith } = repository;
  for (const { name, bytes } of openedWith) {
    const copy = copyName(name);
    if ((await onStore(`look up ${copy}`, () => blobs.head(copy))) !== undefined) continue;
    const attempted = `put ${copy}`;
    await identity.check(attempted);
    try {
      await onStore(attempted, () => blobs.put(copy, bytes, { ifAbsent: true }));
    } catch (error) {
      if (isFull(error)) return;
      throw error;
    }
    // Who makes a repository anew puts its own copy of `config` over this one; of a keyring's he would know only by the next rotation.
    if (name !== configName)
      await undoneUnlessSame(repository, attempted, () => onStore(attempted, () => blobs.delete([copy])));
  }
}
