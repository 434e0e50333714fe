// Reads the directories that lie on their own ("objects"), each once, however many snapshots and directories refer to it.
// Several are asked for at once, so that neighbours of a pack come in one request; memory is that of one batch and of the
// references still to be followed, 100 bytes each.

import type { Repository } from '../core/repository.ts';
import { BackupError } from '../errors.ts';
import type { TreeReference } from '../format/tree-entry.ts';
import { keyOf } from './chunk-copies.ts';
import { isLinkedDirectory, visitEntries } from './visit-entries.ts';

export type DirectoryReference = Extract<TreeReference, { kind: 'chunks' }>;

export type ReadDirectory = {
  readonly reference: DirectoryReference;
  readonly key: string;
} & (
  | { readonly bytes: Uint8Array; readonly below: readonly DirectoryReference[] }
  | { readonly problem: string }
);

export type ReadDirectoriesOptions = {
  /** Keys of objects that are not to be read; those that were are added. */
  readonly seen?: Set<string>;
  readonly signal?: AbortSignal | undefined;
};

const batchObjects = 32;
const batchBytes = 8 * 1024 * 1024;
const fingerprintBytes = 32;

/** Everything below `roots`, themselves included, parents before what they hold. What cannot be read has a `problem`. */
export async function* readDirectories(
  repository: Pick<Repository, 'readChunks'>,
  roots: Iterable<DirectoryReference>,
  options: ReadDirectoriesOptions = {},
): AsyncGenerator<ReadDirectory> {
  const { signal, seen = new Set<string>() } = options;
  const open = [...roots].reverse();
  while (open.length > 0) {
    signal?.throwIfAborted();
    for await (const read of readBatch(repository, takeBatch(open, seen), signal)) {
      if ('bytes' in read) for (const below of read.below.toReversed()) open.push(below);
      yield read;
    }
  }
}

function takeBatch(open: DirectoryReference[], seen: Set<string>): readonly DirectoryReference[] {
  const batch: DirectoryReference[] = [];
  for (let bytes = 0; batch.length < batchObjects && bytes < batchBytes; ) {
    const reference = open.pop();
    if (reference === undefined) break;
    const key = keyOf(reference.fingerprints);
    if (seen.has(key)) continue;
    seen.add(key);
    batch.push(reference);
    bytes += reference.lengthBytes;
  }
  return batch;
}

/** One request for all; after the first that is damaged, one for each of those that are left. */
async function* readBatch(
  repository: Pick<Repository, 'readChunks'>,
  batch: readonly DirectoryReference[],
  signal: AbortSignal | undefined,
): AsyncGenerator<ReadDirectory> {
  let done = 0;
  try {
    for await (const bytes of readTogether(repository, batch, signal)) {
      yield decoded(batch[done]!, bytes);
      done += 1;
    }
  } catch (error) {
    if (!isDamage(error)) throw error;
  }
  for (const reference of batch.slice(done)) yield await readAlone(repository, reference, signal);
}

async function* readTogether(
  repository: Pick<Repository, 'readChunks'>,
  batch: readonly DirectoryReference[],
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  let pieces: Uint8Array[] = [];
  let next = 0;
  const wanted = Buffer.concat(batch.map(({ fingerprints }) => fingerprints));
  for await (const piece of repository.readChunks(wanted, signal === undefined ? {} : { signal })) {
    pieces.push(piece);
    if (pieces.length * fingerprintBytes < batch[next]!.fingerprints.length) continue;
    yield pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
    pieces = [];
    next += 1;
  }
}

async function readAlone(
  repository: Pick<Repository, 'readChunks'>,
  reference: DirectoryReference,
  signal: AbortSignal | undefined,
): Promise<ReadDirectory> {
  try {
    const [bytes] = await Array.fromAsync(readTogether(repository, [reference], signal));
    return decoded(reference, bytes ?? new Uint8Array());
  } catch (error) {
    if (!isDamage(error)) throw error;
    return { reference, key: keyOf(reference.fingerprints), problem: error.message };
  }
}

function decoded(reference: DirectoryReference, bytes: Uint8Array): ReadDirectory {
  const key = keyOf(reference.fingerprints);
  if (bytes.length !== reference.lengthBytes) {
    return { reference, key, problem: `it has ${bytes.length} bytes, not ${reference.lengthBytes}` };
  }
  try {
    return { reference, key, bytes, below: referencesIn(bytes) };
  } catch (error) {
    if (!isDamage(error)) throw error;
    return { reference, key, problem: error.message };
  }
}

/** Objects below, in the order of their names. Throws `damaged` when the bytes are no directory. */
function referencesIn(bytes: Uint8Array): DirectoryReference[] {
  const references: DirectoryReference[] = [];
  visitEntries(bytes, 'a directory', (cursor) => {
    if (!isLinkedDirectory(cursor)) return;
    const fingerprints = Uint8Array.from(cursor.fingerprints());
    references.push({ kind: 'chunks', fingerprints, lengthBytes: cursor.lengthBytes });
  });
  return references;
}

function isDamage(error: unknown): error is BackupError {
  return error instanceof BackupError && (error.code === 'damaged' || error.code === 'unknown-format');
}
