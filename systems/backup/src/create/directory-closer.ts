// Closes directories bottom up: one whose entries are all known is stored, or put inline into the one above, which may
// close that one in turn.

import type { EntryContent, TreeReference, TreeSummary } from '../format/tree-entry.ts';
import { directoriesBytesInline, directoryBytesInline, directoryBytesInlineLeast } from '../limits.ts';
import type { AttributeReader } from './attribute-reader.ts';
import type { BuiltDirectory } from './directory-builder.ts';
import { entryOf, isRacy, isSameDirectory } from './entry-stat.ts';
import { pathBytes } from './file-path.ts';
import type { ManifestStore } from './manifest-store.ts';
import type { DirectoryPlace, OpenDirectory } from './open-directory.ts';
import type { StoredDirectory } from './parent-directories.ts';

export class DirectoryCloser {
  readonly #store: ManifestStore;
  readonly #attributes: AttributeReader;
  /** `/`, when all is closed. */
  root: { readonly tree: StoredDirectory; readonly summary: TreeSummary } | undefined;

  constructor(store: ManifestStore, attributes: AttributeReader) {
    this.#store = store;
    this.#attributes = attributes;
  }

  /** Call whenever an entry of the directory became known, and when the walk has visited all its names. */
  closeIfComplete(directory: OpenDirectory): void {
    let open: OpenDirectory | undefined = directory;
    while (open !== undefined && isComplete(open)) {
      this.#close(open);
      open = open.place?.above;
    }
  }

  #close(directory: OpenDirectory): void {
    directory.closed = true;
    const { place } = directory;
    const built = directory.builder!.finish(summaryOf(place));
    if (place === undefined) {
      this.root = { tree: this.#store.store(built.bytes), summary: built.summary };
      return;
    }
    const { builder } = place.above;
    if (this.#isSame(built, place)) builder!.fill(place.slot, place.known!, place.ordinal);
    else builder!.fill(place.slot, this.#entryOf(directory, place, built));
  }

  /** Its entry in the parent snapshot can be taken as it is. */
  #isSame(built: BuiltDirectory, { known, stat }: DirectoryPlace): boolean {
    if (!built.same || known?.content.kind !== 'directory' || !isSameDirectory(known, stat)) return false;
    const { tree } = known.content;
    return tree.kind === 'inline' || this.#store.knows(tree.fingerprints, 0, tree.fingerprints.length);
  }

  #entryOf({ path }: OpenDirectory, place: DirectoryPlace, built: BuiltDirectory) {
    const { name, stat, sinceMs, above } = place;
    const content: EntryContent = {
      kind: 'directory',
      summary: built.summary,
      tree: this.#treeOf(built.bytes, above.names.length),
    };
    return entryOf({
      name: pathBytes(name),
      type: 'directory',
      stat,
      attributes: this.#attributes.read(path),
      content,
      racy: isRacy(stat, sinceMs),
    });
  }

  #treeOf(bytes: Uint8Array, siblings: number): TreeReference {
    return bytes.length < inlineBytesBelow(siblings) ? { kind: 'inline', bytes } : this.#store.store(bytes);
  }
}

/** Thousands of directories in one, each just small enough to lie inline, would make that one hundreds of megabytes. */
export function inlineBytesBelow(siblings: number): number {
  const share = Math.floor(directoriesBytesInline / Math.max(1, siblings));
  return Math.min(directoryBytesInline, Math.max(directoryBytesInlineLeast, share));
}

function isComplete({ closed, builder, next, names }: OpenDirectory): boolean {
  return !closed && next === names.length && builder?.isComplete === true;
}

function summaryOf(place: DirectoryPlace | undefined): TreeSummary | undefined {
  return place?.known?.content.kind === 'directory' ? place.known.content.summary : undefined;
}
