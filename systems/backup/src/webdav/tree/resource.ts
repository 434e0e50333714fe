// What a path of the server leads to.

import type { Timestamp, TreeEntry } from '../../format/tree-entry.ts';

export type Resource = Collection | FileResource;

export type Collection = {
  readonly kind: 'collection';
  readonly modified: Timestamp;
  /** Reads what is needed to begin. The names of members are bytes of one path segment, each once. */
  members(): Promise<AsyncIterable<Member> | Iterable<Member>>;
  /** What a segment of a path leads to; undefined when there is nothing. */
  member(name: Uint8Array): Promise<Resource | undefined>;
};

export type FileResource = {
  readonly kind: 'file';
  /** Of a regular file whose content was readable. */
  readonly entry: TreeEntry;
  readonly content: FileContent;
};

export type FileContent = Extract<TreeEntry['content'], { kind: 'file' }>;

export type Member = { readonly name: Uint8Array; readonly resource: Resource };
