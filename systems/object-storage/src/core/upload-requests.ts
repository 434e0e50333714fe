// What multipart uploads take and give.

import type { Caused } from './events/caused.ts';
import type { ObjectBody } from './object-body.ts';
import type {
  ByteRange,
  CustomerKey,
  ObjectAttributes,
  ObjectEncryption,
  ObjectInfo,
  ObjectName,
  ReadableName,
  RequestedEncryption,
  StorageClass,
  StoredChecksum,
  UploadName,
  WriteCondition,
} from './object-storage.ts';

export type CreateUploadRequest = ObjectName & {
  readonly attributes: ObjectAttributes;
  readonly owner: string;
  /** Kept with the upload, for its caller. */
  readonly asked?: Readonly<Record<string, string>> | undefined;
  /** Whether `placeUpload` will complete it: then its retention may be over. */
  readonly toBePlaced?: boolean | undefined;
  /** The bucket's default when absent. A customer's key comes with every part again. */
  readonly encryption?: RequestedEncryption | undefined;
  readonly checksum?:
    | { readonly algorithm: StoredChecksum['algorithm']; readonly type: StoredChecksum['type'] }
    | undefined;
};
export type UploadPartRequest = UploadName & {
  readonly partNumber: number;
  readonly body: ObjectBody;
  readonly customerKey?: CustomerKey | undefined;
};
export type UploadPartCopyRequest = UploadName & {
  readonly partNumber: number;
  readonly source: ReadableName;
  readonly customerKey?: CustomerKey | undefined;
  readonly select?: ((source: ObjectInfo) => ByteRange | undefined) | undefined;
};
export type PartInfo = {
  /** Of its upload; undefined in lists. */
  readonly encryption?: ObjectEncryption | undefined;
  readonly partNumber: number;
  readonly sizeBytes: number;
  readonly etag: string;
  readonly modifiedMs: number;
  readonly checksum: StoredChecksum | undefined;
};
export type ListPartsRequest = UploadName & { readonly afterPart: number; readonly limit: number };
export type ListPartsPage = {
  readonly parts: readonly PartInfo[];
  readonly next: number | undefined;
  readonly owner: string;
  readonly initiatedMs: number;
  readonly checksum: CreateUploadRequest['checksum'];
  readonly storageClass: StorageClass | undefined;
  readonly asked: CreateUploadRequest['asked'];
};
export type ListUploadsRequest = {
  readonly bucket: string;
  readonly prefix: string;
  readonly delimiter: string;
  readonly afterKey: string;
  /** Only together with `afterKey`: uploads of that key after this id. */
  readonly afterUploadId: string;
  readonly limit: number;
};
export type UploadInfo = UploadName & {
  readonly initiatedMs: number;
  readonly owner: string;
  readonly storageClass: StorageClass | undefined;
};
export type ListUploadsPage = {
  readonly uploads: readonly UploadInfo[];
  readonly commonPrefixes: readonly string[];
  readonly next: { readonly key: string; readonly uploadId: string } | undefined;
};
export type CompletedPart = {
  readonly partNumber: number;
  readonly etag: string;
  /** Base64, when the client names it. */
  readonly checksum?: string | undefined;
};
export type CompleteUploadRequest = UploadName &
  Caused & {
    /** Needed where the upload is under one and has a checksum; must be the upload's where it is given. */
    readonly customerKey?: CustomerKey | undefined;
    readonly parts: readonly CompletedPart[];
    readonly condition?: WriteCondition | undefined;
  };
