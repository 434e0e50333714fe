// Whether two entries of one name are the same file in the same state. Inode and ctime do not count: they tell a backup what to
// read again, and are not restored.

import type { EntryContent, ExtendedAttribute, TreeEntry, TreeReference } from '../format/tree-entry.ts';

export type EntryDifference = 'type' | 'content' | 'metadata';

/** The weightiest difference; undefined when there is none. What lies below a directory is not looked at. */
export function compareEntries(before: TreeEntry, after: TreeEntry): EntryDifference | undefined {
  if (before.type !== after.type) return 'type';
  if (!sameContent(before.content, after.content)) return 'content';
  return sameMetadata(before, after) ? undefined : 'metadata';
}

/** Equal references have equal trees below them; different ones may. */
export function sameReference(before: TreeReference, after: TreeReference): boolean {
  if (before.kind === 'inline') return after.kind === 'inline' && sameBytes(before.bytes, after.bytes);
  return after.kind === 'chunks' && sameBytes(before.fingerprints, after.fingerprints);
}

export function sameMetadata(before: TreeEntry, after: TreeEntry): boolean {
  return (
    before.mode === after.mode &&
    before.uid === after.uid &&
    before.gid === after.gid &&
    before.mtime.seconds === after.mtime.seconds &&
    before.mtime.nanoseconds === after.mtime.nanoseconds &&
    sameAttributes(before.extendedAttributes ?? [], after.extendedAttributes ?? [])
  );
}

export function sameAttributes(
  before: readonly ExtendedAttribute[],
  after: readonly ExtendedAttribute[],
): boolean {
  return (
    before.length === after.length &&
    before.every(
      ({ name, value }, at) => sameBytes(name, after[at]!.name) && sameBytes(value, after[at]!.value),
    )
  );
}

function sameContent(before: EntryContent, after: EntryContent): boolean {
  switch (before.kind) {
    case 'file':
      return (
        after.kind === 'file' &&
        before.sizeBytes === after.sizeBytes &&
        before.readable === after.readable &&
        sameBytes(before.fingerprints, after.fingerprints)
      );
    case 'symlink':
      return after.kind === 'symlink' && sameBytes(before.target, after.target);
    case 'device':
      return after.kind === 'device' && before.major === after.major && before.minor === after.minor;
    case 'directory':
    case 'none':
      return true;
    default:
      return before satisfies never;
  }
}

export function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && Buffer.compare(left, right) === 0;
}
