// Segment by segment from the root to what a path names.

import type { Resource } from './resource.ts';

/** Undefined when there is nothing. */
export async function findResource(
  root: Resource,
  segments: readonly Uint8Array[],
): Promise<Resource | undefined> {
  let at: Resource | undefined = root;
  for (const segment of segments) {
    if (at?.kind !== 'collection') return undefined;
    at = await at.member(segment);
  }
  return at;
}
