// Sees to it that a session may refer to all that a tree reaches: asks for every chunk, and stores anew what is not known,
// as raw bytes read from where the tree is now. It serves `copy` between repositories with the same secrets, and `tag` and
// `rewrite` where something is condemned (DESIGN.md, W3).

import { readDirectories } from '../check/read-directories.ts';
import { fileChunks } from '../check/visit-entries.ts';
import type { Repository } from '../core/repository.ts';
import { BackupError } from '../errors.ts';
import { fingerprintBytes } from '../packing/fingerprinter.ts';
import type { PackType } from '../packing/sealed-pack.ts';
import type { ChunkStore } from './chunk-store.ts';
import type { DirectoryReference } from './rewrite-tree.ts';

export type CarryTreeOptions = {
  /** Where the tree can be read. */
  readonly source: Pick<Repository, 'readChunks'>;
  readonly store: ChunkStore;
  /** Keys of directory objects that were carried before by this session; those of this tree are added. */
  readonly carried?: Set<string>;
  readonly signal?: AbortSignal | undefined;
  /** After each chunk that was read. */
  readonly onChunk?: (() => void) | undefined;
};

/** Throws `damaged` where a directory or a chunk that is needed cannot be read. */
export async function carryTree(root: DirectoryReference, options: CarryTreeOptions): Promise<void> {
  const { source, signal, carried = new Set<string>() } = options;
  for await (const read of readDirectories(source, [root], { seen: carried, signal })) {
    if ('problem' in read) {
      throw new BackupError('damaged', { attempted: 'read a directory', detail: read.problem });
    }
    await carryChunks('manifest', read.reference.fingerprints, options);
    await carryChunks('data', fileChunks(read.bytes), options);
  }
}

/** Stores those of `fingerprints` (n x 32 bytes) that the session does not know. */
export async function carryChunks(
  type: PackType,
  fingerprints: Uint8Array,
  { source, store, signal, onChunk }: CarryTreeOptions,
): Promise<void> {
  await store.known.learn(fingerprints);
  const unknown = store.known.unknownAmong(fingerprints);
  if (unknown.length === 0) return;
  let offset = 0;
  for await (const raw of source.readChunks(unknown, signal === undefined ? {} : { signal })) {
    await store.putKnownAs(type, unknown.slice(offset, offset + fingerprintBytes), raw);
    offset += fingerprintBytes;
    onChunk?.();
  }
}
