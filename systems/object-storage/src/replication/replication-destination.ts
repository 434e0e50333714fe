// Where versions are replicated to: an interface of object storage. A bucket of the same storage is the first
// (core/replication/local-destination.ts), a bucket of any S3 server the second (s3-destination.ts).

import type { Readable } from '../core/object-content.ts';
import type { ByteRange, ObjectInfo, PartInfo } from '../core/object-storage.ts';
import type { ReplicationRule } from './replication-rules.ts';
import type { DestinationState } from './replication-state.ts';

export type VersionToReplicate = {
  readonly bucket: string;
  readonly key: string;
  /** As it is shown; `null` for the null version. */
  readonly versionId: string;
  /** Its place among the versions of its key, as text: the newest sorts first. */
  readonly version: string;
  readonly modifiedMs: number;
  /** When it was looked at. */
  readonly nowMs: number;
  /** What is known of it at the destination. */
  readonly state: DestinationState | undefined;
  /** The rule that covers it now, if any does. */
  readonly rule: ReplicationRule | undefined;
  /** Undefined for a delete marker. */
  readonly object: ObjectToReplicate | undefined;
  /** What the destination noted when it was here before. */
  readonly progress: string | null;
  /** Keeps what is needed to go on after a restart. */
  note(progress: string): Promise<void>;
};

export type ObjectToReplicate = {
  readonly info: ObjectInfo;
  /** Its bytes, at the pace that is allowed; to be read to the end, or closed. */
  open(range: ByteRange | undefined): Promise<Readable>;
  /** What it was made from, in order; none for a single put. */
  parts(): AsyncIterable<PartInfo>;
};

export type ReplicationDestination = {
  /**
   * Why a bucket of that name may not name it, as Amazon says it; undefined when it may. Asked when a configuration is put.
   */
  objection(source: { readonly bucket: string }): Promise<string | undefined>;
  /**
   * Brings a version there as it is now: makes it, or changes what is kept beside it. Of one key it is called for one version
   * after the other, from the oldest on. It may have been called for the same version before, to any effect, and has to
   * notice. Throws ReplicationRefused for what can never succeed; whatever else it throws, it is called again later.
   */
  replicate(version: VersionToReplicate, options: { readonly signal: AbortSignal }): Promise<DestinationId>;
  /**
   * Bytes that it has of a version, for who has lost them here. What comes is not to be believed: it is compared with what
   * is known here. Throws ReplicaMissing where it has none; whatever else it throws, it may have them later.
   */
  read(
    replica: ReplicaToRead,
    options: { readonly range: ByteRange; readonly signal: AbortSignal },
  ): Promise<Readable>;
  /** What was noted is of no use any more: the version was deleted. */
  abandon(begun: { readonly key: string; readonly progress: string }): Promise<void>;
  close(): void;
};

/** The id that the version has there; none of a delete marker. */
export type DestinationId = { readonly versionId?: string | undefined };

/** What is expected of it there. */
export type ReplicaToRead = Pick<ObjectInfo, 'key' | 'sizeBytes' | 'etag' | 'imported'> & {
  /** That it has there; what is current under the key when undefined. */
  readonly versionId: string | undefined;
};

/** It is not there, or not what it should be: why. */
export class ReplicaMissing extends Error {
  override readonly name = 'ReplicaMissing';
}

/** The version is left out, and says that it failed. */
export class ReplicationRefused extends Error {
  override readonly name = 'ReplicationRefused';
}

/** Destinations by their ARNs, as things are now; undefined for none. */
export type FindDestination = (target: string) => ReplicationDestination | undefined;
