// Objects that lie in the store twice, `config` and each version of the keyring: where the first does not open, its second copy is read
// (DESIGN.md, "Second copies"). As long as the first opens, nobody asks for the second.

import type { Blobs } from '@cairn/engines';
import type { World } from '@cairn/world';
import { BackupError } from '../../errors.ts';
import { damaged } from '../../format/damaged.ts';
import { copyName } from '../../format/object-names.ts';
import { readWhole } from '../store/read-whole.ts';
import { isDamage } from '../store/store-error.ts';

type Store = { readonly blobs: Blobs; readonly world: World };

export type ReadEither<T> = { readonly opened: T; readonly bytes: Buffer };

type Attempt<T> = ReadEither<T> | BackupError | undefined;

/**
 * What `open` makes of the first, else of the second copy, and the bytes that it took; undefined when neither is there. `open` throws `damaged` or
 * `unknown-format` for bytes that are not as they were written; so does this where it throws for both, and names both. Throws `store`.
 */
export async function readEither<T>(
  store: Store,
  name: string,
  open: (bytes: Buffer) => T | Promise<T>,
): Promise<ReadEither<T> | undefined> {
  const first = await attempt(store, name, open);
  if (isOpened(first)) return first;
  const second = await attempt(store, copyName(name), open);
  if (isOpened(second)) return second;
  if (first === undefined && second === undefined) return undefined;
  throw bothHurt(name, first, second);
}

async function attempt<T>(
  store: Store,
  name: string,
  open: (bytes: Buffer) => T | Promise<T>,
): Promise<Attempt<T>> {
  try {
    const bytes = await readWhole({ ...store, name });
    return bytes && { opened: await open(bytes), bytes };
  } catch (error) {
    if (!isDamage(error)) throw error;
    return error;
  }
}

function isOpened<T>(attempted: Attempt<T>): attempted is ReadEither<T> {
  return attempted !== undefined && !(attempted instanceof BackupError);
}

function bothHurt(
  name: string,
  first: BackupError | undefined,
  second: BackupError | undefined,
): BackupError {
  const problem = (error: BackupError | undefined) => error?.detail ?? 'it is missing';
  const detail = `${problem(first)}; ${copyName(name)}, its second copy: ${problem(second)}`;
  if (first?.code !== 'unknown-format') return damaged(name, detail, (first ?? second)?.cause);
  return new BackupError('unknown-format', { attempted: `read ${name}`, detail, cause: first.cause });
}
