// Looks at one directory object: which of its files cannot be restored, and which objects are below it.

import type { TreeCursor } from '../format/tree-cursor.ts';
import { type Cause, type ChunkCopies, keyOf } from './chunk-copies.ts';
import type { HurtPlace, SubdirectoryLink } from './hurt-graph.ts';
import { isFile, isLinkedDirectory, nameOf, visitEntries } from './visit-entries.ts';

/** The cause where a file's size is not that of its chunks. */
export const wrongSize: Cause = -2;

export type Examined = {
  readonly places: readonly HurtPlace[];
  readonly links: readonly SubdirectoryLink[];
  readonly files: number;
};

const fingerprintBytes = 32;

/** `bytes` are a directory that was read. Throws `damaged` when they are none. */
export function examineDirectory(bytes: Uint8Array, copies: ChunkCopies): Examined {
  const places: HurtPlace[] = [];
  const links: SubdirectoryLink[] = [];
  let files = 0;
  visitEntries(bytes, 'a directory', (cursor, above) => {
    if (isFile(cursor)) {
      files += 1;
      const causes = causesOf(cursor, copies);
      if (causes.length > 0) places.push({ path: above + nameOf(cursor), causes, directory: false });
    } else if (isLinkedDirectory(cursor)) {
      links.push({ path: above + nameOf(cursor), key: keyOf(cursor.fingerprints()) });
    }
  });
  return { places, links, files };
}

const none: readonly Cause[] = [];

function causesOf(cursor: TreeCursor, copies: ChunkCopies): readonly Cause[] {
  if (cursor.chunkCount === 0) return none;
  const { causes, bytes } = findChunks(cursor.fingerprints(), copies);
  if (causes.length === 0 && bytes !== cursor.sizeBytes) return [wrongSize];
  return causes;
}

/** Why chunks cannot be read, each cause once, and the raw bytes of those that can. `fingerprints`: n x 32 bytes. */
export function findChunks(
  fingerprints: Uint8Array,
  copies: ChunkCopies,
): { readonly causes: readonly Cause[]; readonly bytes: number } {
  let causes: Cause[] | undefined;
  let bytes = 0;
  for (let offset = 0; offset < fingerprints.length; offset += fingerprintBytes) {
    const found = copies.find(fingerprints, offset);
    if (!('cause' in found)) bytes += found.rawBytes;
    else if (causes === undefined) causes = [found.cause];
    else if (!causes.includes(found.cause)) causes.push(found.cause);
  }
  return { causes: causes ?? none, bytes };
}
