// What listings of objects and versions take and give.

import type { RestoreState, StorageClass, StoredChecksum } from './object-storage.ts';

export type ListObjectsRequest = {
  readonly bucket: string;
  readonly prefix: string;
  /** Empty for none. */
  readonly delimiter: string;
  /** Keys and common prefixes after this one, exclusive; empty for all. */
  readonly after: string;
  /** 0 to 1,000. */
  readonly limit: number;
};
export type ListedObject = {
  readonly key: string;
  readonly sizeBytes: number;
  readonly etag: string;
  readonly modifiedMs: number;
  readonly checksum: StoredChecksum | undefined;
  /** STANDARD when undefined. */
  readonly storageClass?: StorageClass | undefined;
  /** Of an archived object, when it was asked for. */
  readonly restore?: RestoreState | undefined;
};
export type ListObjectsPage = {
  readonly objects: readonly ListedObject[];
  readonly commonPrefixes: readonly string[];
  /** What to pass as `after` for the next page; undefined when this was the last. */
  readonly next: string | undefined;
};

export type ListVersionsRequest = {
  readonly bucket: string;
  readonly prefix: string;
  readonly delimiter: string;
  /** Keys and common prefixes after this one, and its own versions behind `afterVersion`. */
  readonly afterKey: string;
  /** A version's id, or `version` of a page's `next`; empty for none of this key's. Only together with `afterKey`. */
  readonly afterVersion: string;
  readonly limit: number;
};
export type ListedVersion = ListedObject & {
  readonly versionId: string;
  readonly latest: boolean;
  /** Then it has neither size nor entity tag. */
  readonly deleteMarker: boolean;
};
export type ListVersionsPage = {
  readonly versions: readonly ListedVersion[];
  readonly commonPrefixes: readonly string[];
  readonly next: { readonly key: string; readonly version: string } | undefined;
};
