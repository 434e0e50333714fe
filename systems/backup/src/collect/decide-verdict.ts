// C5 of DESIGN.md: which packs of a condemnation are deleted. Pure.
//
// The index must have been read after all waits were over, and the marks be of snapshots that were read then.

import type { ChunkIndex } from '../core/repository.ts';
import { fingerprintBytes } from '../format/chunk-entry.ts';
import type { ReachableChunks } from './reachable-chunks.ts';

/**
 * A pack stays when it holds a reachable chunk with no copy in a whole pack that is in no condemnation and no verdict.
 * Of a pack in no index object nothing is reachable: a chunk that only such a pack held would be missing, and end the run.
 */
export function decideVerdict(
  packs: readonly string[],
  index: ChunkIndex,
  reachable: Pick<ReachableChunks, 'has'>,
): readonly string[] {
  return packs.filter((id) => !isNeeded(id, index, reachable));
}

function isNeeded(packId: string, index: ChunkIndex, reachable: Pick<ReachableChunks, 'has'>): boolean {
  const contents = index.contentsOf(packId);
  if (contents === undefined) return false;
  const { fingerprints } = contents;
  for (let at = 0; at < fingerprints.length; at += fingerprintBytes) {
    if (!reachable.has(fingerprints, at)) continue;
    if (!index.isKnown(fingerprints.subarray(at, at + fingerprintBytes))) return true;
  }
  return false;
}
