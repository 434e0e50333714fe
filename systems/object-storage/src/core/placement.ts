// What placing versions of another store asks for, and answers: imports and replication.

import type { Caused } from './events/caused.ts';
import type { ObjectBody } from './object-body.ts';
import type {
  CompletedPart,
  ObjectAttributes,
  ObjectName,
  RequestedEncryption,
  StoredChecksum,
  UploadName,
} from './object-storage.ts';

/** Where a version of another store belongs. */
export type VersionPlacement = {
  /**
   * `null`, or 32 hexadecimal digits as ids are here: then it is also the place (metadata/version-order.ts). Without
   * versioning always `null`.
   */
  readonly versionId: string;
  /** Of the version `null` of a bucket with versioning: its place, as an id. By its time when absent. */
  readonly place?: string | undefined;
  readonly modifiedMs: number;
  /** What the other store says, where the bytes alone would not make it. */
  readonly etag?: string | undefined;
  readonly checksum?: StoredChecksum | undefined;
  /** To which other version `null` it is preferred: to an older one, or only to one that is marked as `imported` so. */
  readonly replaces: 'older' | { readonly imported: string };
};
export type PlaceVersionRequest = ObjectName &
  Caused & {
    readonly placement: VersionPlacement;
    readonly attributes: ObjectAttributes;
    /** Undefined for a delete marker. */
    readonly body: ObjectBody | undefined;
    /** The bucket's default when absent. */
    readonly encryption?: RequestedEncryption | undefined;
  };
export type PlacedVersion = {
  /**
   * `present`: it was there already. `different`: another version has its id, or is not to be replaced; nothing changed.
   */
  readonly outcome: 'placed' | 'present' | 'different';
  readonly versionId: string | undefined;
};
export type PlaceUploadRequest = UploadName &
  Caused & { readonly parts: readonly CompletedPart[]; readonly placement: VersionPlacement };
