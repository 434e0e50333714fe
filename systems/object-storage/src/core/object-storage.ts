// The object storage as a library: what the S3 edge calls, and what other systems use without HTTP.
//
// Every call either resolves, with its effect durable and visible to every later call, or throws ObjectStorageError
// (errors.ts) and has no effect. Nothing here knows of sockets, signatures or XML; who may do what was decided before.

import type { EventName } from '../events/event-names.ts';
import type { EventSink, NamedTarget, TestEvent } from '../events/event-sink.ts';
import type { Replication } from '../replication/replication-state.ts';
import type { Caused } from './events/caused.ts';
import type {
  ListObjectsPage,
  ListObjectsRequest,
  ListVersionsPage,
  ListVersionsRequest,
} from './listing-requests.ts';
import type { ObjectBody } from './object-body.ts';
import type { Readable } from './object-content.ts';
import type { PlacedVersion, PlaceUploadRequest, PlaceVersionRequest } from './placement.ts';
import type { Finding, GcReport, ObjectInspection, ObjectStorageStats, UsagePage } from './reports.ts';
import type {
  CompleteUploadRequest,
  CreateUploadRequest,
  ListPartsPage,
  ListPartsRequest,
  ListUploadsPage,
  ListUploadsRequest,
  PartInfo,
  UploadPartCopyRequest,
  UploadPartRequest,
} from './upload-requests.ts';

export type * from './listing-requests.ts';
export type * from './placement.ts';
export type * from './reports.ts';
export type * from './upload-requests.ts';

export type ObjectStorage = {
  createBucket(request: {
    bucket: string;
    owner: string;
    documents?: ConfigurationDocuments;
  }): Promise<BucketInfo>;
  /** Throws NoSuchBucket. */
  headBucket(request: { bucket: string }): Promise<BucketInfo>;
  /** All buckets, sorted by name. */
  listBuckets(): Promise<readonly BucketInfo[]>;
  /** With its unfinished uploads. Throws BucketNotEmpty while it holds a version or a delete marker. */
  deleteBucket(request: { bucket: string }): Promise<void>;
  /** What is set for a bucket, at once when it is remembered: await only a promise. Throws NoSuchBucket. */
  bucketConfiguration(request: { bucket: string }): BucketConfiguration | Promise<BucketConfiguration>;
  /**
   * Sets the documents that are given and takes away those that are undefined, all at once. Throws NoSuchBucket, and
   * InvalidBucketState for `object-lock` without versioning, or when it shall be taken away.
   */
  configureBucket(request: { bucket: string; documents: ConfigurationDocuments }): Promise<void>;
  /**
   * From now on every put makes a version of its own (`enabled`), or the version `null` (`suspended`). Throws
   * InvalidBucketState for suspending it where objects may be locked.
   */
  setBucketVersioning(request: { bucket: string; versioning: Versioning }): Promise<void>;

  putObject(request: PutObjectRequest): Promise<ObjectInfo>;
  /**
   * Puts a version or a delete marker that another store has, with its time and, in a bucket with versioning, at its place
   * among the versions of its key, which may be behind the current one. Doing it again changes nothing. Throws
   * InvalidBucketState for what only a bucket with versioning can hold, AccessDenied where a locked version would give way.
   */
  placeVersion(request: PlaceVersionRequest): Promise<PlacedVersion>;
  /**
   * Appends to an object whose size is `offset`, without moving the bytes that are there, or makes it at 0. With versioning
   * it makes a version, which shares the bytes of the one before; the version `null` grows in its place where versioning is
   * suspended. Throws InvalidWriteOffset, TooManyParts after 10,000 appends, InvalidObjectState for what lies at the place of
   * its storage class, InvalidRequest for another encryption than the object's, SlowDown when an object that is or was
   * encrypted was replaced while the body came.
   */
  appendObject(request: AppendObjectRequest): Promise<ObjectInfo>;
  /**
   * Throws NoSuchBucket, NoSuchKey, NoSuchVersion, and MethodNotAllowed for a delete marker that is asked for by its id.
   * The content must be read to its end or closed.
   */
  getObject(request: GetObjectRequest): Promise<{ info: ObjectInfo; content: Readable }>;
  /** The same at once, where everything is at hand: a small object that was read lately. Undefined where it is not. */
  getObjectNow(request: GetObjectRequest): ObjectAtHand | undefined;
  /** A customer's key is not needed for it, and is checked when it is given. */
  headObject(request: ReadableName & { readonly partNumber?: number | undefined }): Promise<ObjectInfo>;
  /**
   * Deletes an object, or, with an id, one version for good. Without an id and with versioning it makes a delete marker.
   * Deleting what does not exist succeeds, as in S3. Throws AccessDenied for a version that is locked, PreconditionFailed,
   * and NoSuchKey for `ifMatch` on nothing.
   */
  deleteObject(request: VersionName & DeleteTerms & Caused): Promise<Deleted>;
  /** One answer per object, in order; at most 1,000 objects. */
  deleteObjects(request: DeleteObjectsRequest): Promise<readonly DeleteResult[]>;
  copyObject(request: CopyObjectRequest): Promise<ObjectInfo & { readonly source: ObjectInfo }>;
  /** An object and a page of the parts that it was made from; `page` is undefined for one that was not. */
  objectParts(request: ObjectPartsRequest): Promise<{
    readonly info: ObjectInfo;
    readonly page: { readonly parts: readonly PartInfo[]; readonly next: number | undefined } | undefined;
  }>;
  /**
   * Gives an object of the bucket another name, at once and with all that it is, in place of what has that name. With
   * versioning its newest version becomes the newest of the new name, and the old one gets a delete marker. Throws
   * NoSuchKey, PreconditionFailed, AccessDenied for a version that is locked.
   */
  renameObject(request: RenameObjectRequest): Promise<{ readonly versionId: string | undefined }>;
  /** Changes what is kept beside the bytes of an object or of one version, nothing else of it. */
  changeAttributes(request: ChangeAttributesRequest): Promise<void>;
  /**
   * Sets how long a version is kept, or, with undefined, that it is not. Throws AccessDenied for what would loosen a
   * retention that holds, InvalidRequest in a bucket without object lock.
   */
  setRetention(request: SetRetentionRequest): Promise<void>;
  /** Throws InvalidRequest in a bucket without object lock. */
  setLegalHold(request: VersionName & { readonly legalHold: boolean }): Promise<void>;
  /**
   * Asks for a copy of an archived object that can be read for some days; `extended` when there is one, which stays so long
   * from now on. Throws InvalidObjectState for a class that is read as it is, RestoreAlreadyInProgress.
   */
  restoreObject(request: RestoreObjectRequest): Promise<'accepted' | 'extended'>;
  /** Storage classes that have a place of their own. */
  readonly placedClasses: readonly StorageClass[];
  listObjects(request: ListObjectsRequest): Promise<ListObjectsPage>;
  /** Every version and delete marker, by key, the newest first. */
  listVersions(request: ListVersionsRequest): Promise<ListVersionsPage>;

  createUpload(
    request: CreateUploadRequest,
  ): Promise<{ uploadId: string; initiatedMs: number; encryption: ObjectEncryption | undefined }>;
  uploadPart(request: UploadPartRequest): Promise<PartInfo>;
  uploadPartCopy(request: UploadPartCopyRequest): Promise<PartInfo & { readonly source: ObjectInfo }>;
  listParts(request: ListPartsRequest): Promise<ListPartsPage>;
  listUploads(request: ListUploadsRequest): Promise<ListUploadsPage>;
  /** Throws NoSuchUpload, InvalidPart, InvalidPartOrder, EntityTooSmall, EntityTooLarge. Repeating it with the same parts succeeds. */
  completeUpload(request: CompleteUploadRequest): Promise<ObjectInfo>;
  /**
   * Makes the object as a version that another store has, as `placeVersion` does; its parts may have any size. The upload is
   * gone whatever comes of it, unless this throws.
   */
  placeUpload(request: PlaceUploadRequest): Promise<PlacedVersion>;
  abortUpload(request: UploadName): Promise<void>;

  /** Whether events can be delivered to a target, an ARN, as things are now. */
  isEventTarget(request: { target: string }): Promise<boolean>;
  /** Whether who configures a bucket may send its events to a target, whether it is there or not. */
  allowsEventTarget(request: { target: string } & NamedTarget): Promise<boolean>;
  /** Tells a target that events of a bucket will come. Throws what its sink throws. */
  testEventTarget(request: { target: string; event: TestEvent }): Promise<void>;
  /** From now on events are delivered by this sink too: to the targets that it accepts and none before it does. */
  addEventSink(sink: EventSink): void;

  /**
   * Bounds a bucket, or all buckets of an owner together; with undefined takes the bound away. Resolves when all that is
   * there is counted; it holds at once for what was counted. What does not grow is never refused. Throws NoSuchBucket.
   */
  setQuota(request: QuotaSubject & { readonly quota: Quota | undefined }): Promise<void>;
  /** Undefined where none is set. Throws NoSuchBucket. */
  quota(request: QuotaSubject): Promise<QuotaState | undefined>;
  /** How much buckets hold, all, one, or those of an owner; in pages, which may be empty. Throws NoSuchBucket. */
  usage(request: {
    readonly bucket?: string | undefined;
    readonly owner?: string | undefined;
    readonly after?: string | undefined;
    readonly limit?: number | undefined;
  }): Promise<UsagePage>;
  /** Why a bucket may not be replicated to a destination, an ARN, as Amazon says it; undefined when it may. */
  replicationObjection(request: { bucket: string; target: string }): Promise<string | undefined>;
  /** What could not be replicated is tried again, in every bucket: how many there are that replicate. */
  retryReplication(): Promise<{ readonly buckets: number }>;

  stats(): Promise<ObjectStorageStats>;
  /** Read only; one finding per damaged thing. `deep` reads and verifies every byte. */
  check(options?: { deep?: boolean }): Promise<readonly Finding[]>;
  /** Removes all garbage and every orphan, then gives the space of what is dead back, as fast as it goes. */
  gc(): Promise<GcReport>;
  /**
   * Takes the empty folder of a missing drive for a new one, which is then filled by healing. Throws InvalidRequest where
   * there are not several drives, ServiceUnavailable when the drive is in use or the folder holds something.
   */
  replaceDrive(request: { folder: string }): Promise<void>;
  /** An object and where its bytes lie. Throws NoSuchBucket, NoSuchKey, NoSuchVersion. */
  inspect(request: VersionName): Promise<ObjectInspection>;
  /**
   * Makes a new master key, and rewraps the keys of all objects under it in the background, also after a restart: `stats`
   * tells when that is done. Where master keys were lost it makes one for what is stored from now on.
   */
  rotateMasterKey(): Promise<MasterKeyRotation>;
  close(): Promise<void>;
};

export type QuotaSubject =
  | { readonly bucket: string; readonly owner?: undefined }
  | { readonly owner: string; readonly bucket?: undefined };
/** Bytes are those of objects, noncurrent versions and parts of unfinished uploads, objects those versions. */
export type Quota = { readonly bytesMax?: number | undefined; readonly objectsMax?: number | undefined };
export type QuotaState = Quota & {
  readonly bytes: number;
  readonly objects: number;
  /** False while what was there before is being counted. */
  readonly counted: boolean;
};

export type MasterKeyRotation = {
  /** The id of the new key. */
  readonly masterKey: string;
  /** Keys that objects may still be wrapped under are not there: those objects cannot be read. */
  readonly lostMasterKeys: readonly string[];
};

export type ObjectName = { readonly bucket: string; readonly key: string };
/** A version of an object by its id, which may be `null`; the current one without. */
export type VersionName = ObjectName & { readonly versionId?: string | undefined };
export type UploadName = ObjectName & { readonly uploadId: string };
export type Versioning = 'enabled' | 'suspended';
export type BucketInfo = {
  readonly bucket: string;
  readonly owner: string;
  readonly createdMs: number;
  /** Undefined until it is enabled for the first time. */
  readonly versioning: Versioning | undefined;
};

/** Documents by the kind of setting they are. */
export type ConfigurationDocuments = Readonly<Record<string, string | undefined>>;

/** A new object after every change, so that what is made of it can be remembered with it. */
export type BucketConfiguration = BucketInfo & { readonly documents: ConfigurationDocuments };

/** Who has a permission: a canonical id, or the URI of a group. */
export type Grant = {
  readonly grantee: string;
  readonly permission: 'FULL_CONTROL' | 'READ' | 'WRITE' | 'READ_ACP' | 'WRITE_ACP';
};

export type ObjectAccess = {
  /** The bucket's owner when undefined. */
  readonly owner?: string | undefined;
  /** FULL_CONTROL for the owner, and nobody else, when undefined. */
  readonly grants?: readonly Grant[] | undefined;
};

/** Objects of a class that has a place of its own are moved there; all others are stored alike. */
export type StorageClass =
  | ('STANDARD' | 'STANDARD_IA' | 'ONEZONE_IA' | 'INTELLIGENT_TIERING')
  | ('REDUCED_REDUNDANCY' | 'GLACIER_IR' | 'GLACIER' | 'DEEP_ARCHIVE');

/** Of an object that has to be restored before it is read: a copy that was asked for, and until when it stays. */
export type RestoreState = { readonly ongoing: true } | { readonly ongoing: false; readonly untilMs: number };

export type ObjectTag = { readonly key: string; readonly value: string };

export type Retention = { readonly mode: 'GOVERNANCE' | 'COMPLIANCE'; readonly untilMs: number };

/** What keeps a version from being removed. */
export type ObjectLock = {
  readonly retention?: Retention | undefined;
  /** Undefined until it is set for the first time. */
  readonly legalHold?: boolean | undefined;
};

/** What S3 keeps beside the bytes and gives back unchanged. Header names in lower case. */
export type ObjectAttributes = {
  /** `content-type`, `cache-control`, `content-disposition`, `content-encoding`, `content-language`, `expires`. */
  readonly headers: Readonly<Record<string, string>>;
  /** Without the `x-amz-meta-` prefix. */
  readonly userMetadata: Readonly<Record<string, string>>;
  /** Undefined for an object that the bucket's owner has alone. */
  readonly access?: ObjectAccess | undefined;
  /** Sorted by key; undefined for none. */
  readonly tags?: readonly ObjectTag[] | undefined;
  /** STANDARD when undefined. */
  readonly storageClass?: StorageClass | undefined;
  /** How its key is kept; undefined for an object that is not encrypted. Decided by the core, whoever else says it. */
  readonly encryption?: ObjectEncryption | undefined;
  /** Only in a bucket with object lock. */
  readonly lock?: ObjectLock | undefined;
  /** Of a version that another store was the source of: a mark of that store and of this key. */
  readonly imported?: string | undefined;
  /** Only where a bucket is replicated. Decided by the core. */
  readonly replication?: Replication | undefined;
};

/** The key of an encrypted object, wrapped: encryption/key-wrap.ts. */
export type ObjectEncryption = {
  /** Of the frames and of the wrapping. */
  readonly format: 1;
  readonly salt: string;
  readonly wrapped: string;
} & ({ readonly by: 'master'; readonly masterKey: string } | { readonly by: 'customer' });

/** A key of 32 bytes that the caller keeps: without it nobody can read the object. */
export type CustomerKey = { readonly customerKey: Uint8Array };

/** Under the storage's own master key (SSE-S3), or under the caller's key (SSE-C). */
export type RequestedEncryption = 'AES256' | CustomerKey;

export type StoredChecksum = {
  readonly algorithm:
    | ('crc32' | 'crc32c' | 'crc64nvme' | 'sha1' | 'sha256' | 'sha512' | 'md5')
    | ('xxhash64' | 'xxhash3' | 'xxhash128');
  /** Base64, with `-N` behind a composite one. */
  readonly value: string;
  readonly type: 'FULL_OBJECT' | 'COMPOSITE';
};

export type ObjectInfo = ObjectName &
  ObjectAttributes & {
    readonly sizeBytes: number;
    /** Without quotes: MD5 in hex, or MD5 of MD5s and `-N` for N parts. */
    readonly etag: string;
    readonly modifiedMs: number;
    readonly checksum: StoredChecksum | undefined;
    /** Number of parts of a completed multipart upload; undefined for a single put. */
    readonly partCount: number | undefined;
    /** `null` for the null version; undefined in a bucket that was never versioned. */
    readonly versionId: string | undefined;
    /** Of an archived object, when it was asked for that is to be read. */
    readonly restore?: RestoreState | undefined;
    /** Where the part that was asked for by its number lies, and its own checksum. */
    readonly part: ObjectPart | undefined;
  };

export type ObjectPart = { readonly range: ByteRange; readonly checksum: StoredChecksum | undefined };

/** Checked in the transaction that changes the object: PreconditionFailed, or NoSuchKey for `ifMatch` on nothing. A delete marker is nothing. */
export type WriteCondition = { readonly ifMatch?: string; readonly ifNoneMatch?: string };

export type PutObjectRequest = ObjectName &
  Caused & {
    /** As what it is told of; as `ObjectCreated:Put` when absent. */
    readonly event?: EventName | undefined;
    readonly attributes: ObjectAttributes;
    readonly body: ObjectBody;
    readonly condition?: WriteCondition | undefined;
    /** The bucket's default when absent. */
    readonly encryption?: RequestedEncryption | undefined;
  };

/**
 * Attributes and encryption are those of an object that is made; one that is there keeps its own, and so does the version
 * that follows it, but for the lock: that is this one, or the bucket's default. Encryption may be left out then, but for the
 * key of a customer.
 */
export type AppendObjectRequest = PutObjectRequest & { readonly offset: number };

export type ChangeAttributesRequest = VersionName &
  Caused & {
    /** As what it is told of; no event tells of it when absent. */
    readonly event?: EventName | undefined;
    /** Called with the version's description, again when it changed meanwhile. What it leaves out stays as it is. */
    readonly change: (info: ObjectInfo) => Partial<Omit<ObjectAttributes, 'lock' | 'storageClass'>>;
  };

export type RestoreObjectRequest = VersionName & Caused & { readonly days: number };

export type SetRetentionRequest = VersionName & {
  readonly retention: Retention | undefined;
  /** Whoever asks may loosen GOVERNANCE. */
  readonly bypassGovernance?: boolean | undefined;
};

/** Bytes `start` to `start + length - 1`, which must lie within the object. */
export type ByteRange = { readonly start: number; readonly length: number };

/** A version that is read, and how. */
export type ReadableName = VersionName & {
  /** Called first, with the description of what would be read: throws for who may not. */
  readonly judge?: ((info: ObjectInfo) => void) | undefined;
  /** Of an object that was stored under one; InvalidRequest when it is missing, wrong, or the object has none. */
  readonly customerKey?: CustomerKey | undefined;
};

/** `infoIsKept`: the same object is given to who asks next, so what is made of it is worth keeping. */
export type ObjectAtHand = {
  readonly info: ObjectInfo;
  readonly infoIsKept: boolean;
  readonly content: Readable;
};
export type GetObjectRequest = ReadableName & {
  /** Describes that part of an object made from parts, `part` of its description; 1 is any other object as a whole. */
  readonly partNumber?: number | undefined;
  /** Called once with the object's description, before any byte is read: chooses the range, or throws (304, 412, 416). */
  readonly select?: ((info: ObjectInfo) => ByteRange | undefined) | undefined;
};

export type CopyObjectRequest = ObjectName &
  Caused & {
    readonly source: ReadableName;
    /** Of the copy; the bucket's default when absent, never that of the source. */
    readonly encryption?: RequestedEncryption | undefined;
    /** Present: replaces the source's attributes (metadata directive REPLACE). */
    readonly attributes?: ObjectAttributes | undefined;
    /** Of the copy: that of the source is never taken. */
    readonly access?: ObjectAccess | undefined;
    /** Present: replaces the source's tags (tagging directive REPLACE), with none too. */
    readonly tags?: readonly ObjectTag[] | undefined;
    /** Of the copy: that of the source is never taken. */
    readonly storageClass?: StorageClass | undefined;
    /** Of the copy, likewise. */
    readonly lock?: ObjectLock | undefined;
    /** Of the copy; that of the source when absent. */
    readonly checksum?: StoredChecksum['algorithm'] | undefined;
    /** Called with the source's description; throws what the request's copy conditions ask for. */
    readonly select?: ((source: ObjectInfo) => void) | undefined;
    readonly condition?: WriteCondition | undefined;
  };

export type ObjectPartsRequest = VersionName & {
  readonly afterPart: number;
  /** 0 to 1,000. */
  readonly limit: number;
};

export type RenameObjectRequest = ObjectName &
  Caused & {
    /** The key that it has. */
    readonly source: string;
    /** Called with the description of the source, again when it changed meanwhile; throws what its conditions ask for. */
    readonly select?: ((source: ObjectInfo) => void) | undefined;
    /** Of what has the new name. */
    readonly condition?: WriteCondition | undefined;
    /** Likewise: PreconditionFailed unless it was, or was not, modified after that second. */
    readonly targetTimes?:
      | {
          readonly modifiedAfterSecond: number | undefined;
          readonly unmodifiedAfterSecond: number | undefined;
        }
      | undefined;
    /**
     * With a token that `caller` renamed with before, within the last hour, nothing happens: the answer is that of then, or
     * IdempotencyParameterMismatch where names or conditions are others.
     */
    readonly clientToken?:
      | {
          readonly caller: string;
          readonly token: string;
          /** Whatever the rename depends on besides its names, as it was said. */
          readonly conditions: readonly (string | undefined)[];
        }
      | undefined;
  };

/** Checked in the transaction that deletes: what is there has to be all of this. A delete marker is no object. */
export type DeleteCondition = {
  /** An entity tag, or `*` for any object. */
  readonly ifMatch?: string | undefined;
  /** In whole seconds, as clients are shown it. */
  readonly ifModifiedSecond?: number | undefined;
  readonly ifSizeBytes?: number | undefined;
  /** Its attribute `imported`; delete markers may have it too. */
  readonly ifImported?: string | undefined;
};
export type DeleteTerms = {
  readonly condition?: DeleteCondition | undefined;
  /** Whoever asks may remove what is under GOVERNANCE. */
  readonly bypassGovernance?: boolean | undefined;
  /** Of a delete marker that it makes: that it came by replication, and is not replicated on. */
  readonly replica?: boolean | undefined;
};
export type DeleteObjectsRequest = Caused & {
  readonly bucket: string;
  readonly objects: readonly (DeleteTerms & {
    readonly key: string;
    readonly versionId?: string | undefined;
  })[];
};
export type Deleted = {
  /** Of the delete marker that was made, or of the version that was deleted; undefined without versioning. */
  readonly versionId: string | undefined;
  /** A delete marker was made, or deleted. */
  readonly deleteMarker: boolean;
};
export type DeleteResult =
  | (Deleted & { readonly error?: undefined })
  | { readonly error: 'KeyTooLongError' | 'NoSuchVersion' | DeleteRefusal };
/** AccessDenied: it is locked. */
export type DeleteRefusal = 'AccessDenied' | 'PreconditionFailed' | 'NoSuchKey';
