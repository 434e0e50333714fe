// Replication to another bucket of the same storage: versions keep their ids, and with them their places, their times and
// their entity tags, whatever the order in which they come.

import { createChecksum } from '@cairn/hashing';
import { ObjectStorageError } from '../../errors.ts';
import { versionBeforeVersioning } from '../../metadata/version-order.ts';
import { lockToKeep } from '../../replication/lock-to-keep.ts';
import {
  type DestinationId,
  type ObjectToReplicate,
  type ReplicaToRead,
  type ReplicationDestination,
  ReplicationRefused,
  type VersionToReplicate,
} from '../../replication/replication-destination.ts';
import type { ReplicationRule } from '../../replication/replication-rules.ts';
import { changeStored } from '../change-attributes.ts';
import { findObject } from '../find-object.ts';
import { objectBody } from '../object-body.ts';
import type { Readable } from '../object-content.ts';
import { defaultRetention, objectLockOf } from '../object-lock.ts';
import { infoOf } from '../object-rows.ts';
import type {
  BucketConfiguration,
  ByteRange,
  ObjectAttributes,
  ObjectInfo,
  ObjectStorage,
  PartInfo,
  PlacedVersion,
  StoredChecksum,
  VersionName,
  VersionPlacement,
} from '../object-storage.ts';
import { copied } from '../objects.ts';
import type { CoreParts } from '../parts.ts';
import { readReplica } from './read-replica.ts';

export type LocalDestinationParts = CoreParts & {
  readonly storage: Pick<
    ObjectStorage,
    'placeVersion' | 'placeUpload' | 'createUpload' | 'uploadPart' | 'listParts' | 'abortUpload'
  >;
};

const noAttributes: ObjectAttributes = { headers: {}, userMetadata: {}, replication: { replica: true } };

export class LocalDestination implements ReplicationDestination {
  readonly #parts: LocalDestinationParts;
  readonly #bucket: string;

  constructor(parts: LocalDestinationParts, { bucket }: { bucket: string }) {
    this.#parts = parts;
    this.#bucket = bucket;
  }

  async objection({ bucket }: { readonly bucket: string }): Promise<string | undefined> {
    if (bucket === this.#bucket) return 'Destination bucket cannot be the same as the source bucket.';
    const found = await this.#configuration();
    if (found === undefined) return 'Destination bucket must exist.';
    return found.versioning === 'enabled' ? undefined : 'Destination bucket must have versioning enabled.';
  }

  async replicate(version: VersionToReplicate): Promise<DestinationId> {
    const objection = (await this.objection(version)) ?? (await this.#objectionTo(version.rule));
    if (objection !== undefined) throw new ReplicationRefused(objection);
    const { key, object } = version;
    if (object === undefined) {
      const hidden = version.versionId === 'null' ? await this.#there(version) : undefined;
      if (hidden !== undefined && !isReplica(hidden)) throw different(key);
      await this.#place(version, { attributes: noAttributes, body: undefined });
      return {};
    }
    const attributes = attributesOf(object.info, version, (await this.#configuration())!);
    const there = await this.#there(version);
    if (there !== undefined && isSame(there, object.info)) await this.#change(there, attributes);
    else if (there !== undefined && !isReplica(there)) throw different(key);
    else if (there !== undefined && version.versionId !== 'null') throw different(key);
    else if (there === undefined && version.state?.versionId !== undefined) throw gone(key);
    else await this.#make(version, object, attributes);
    return { versionId: version.versionId };
  }

  read(replica: ReplicaToRead, { range }: { range: ByteRange }): Promise<Readable> {
    return readReplica(this.#parts, { ...replica, bucket: this.#bucket }, range);
  }

  /** Of a version that was deleted meanwhile. */
  async abandon({ key, progress }: { key: string; progress: string }): Promise<void> {
    await this.#parts.storage.abortUpload({ bucket: this.#bucket, key, uploadId: progress });
  }

  close(): void {}

  /** Whoever put the rule said nothing of a bucket that somebody made under the same name since. */
  async #objectionTo(rule: ReplicationRule | undefined): Promise<string | undefined> {
    const madeMs = rule?.destinationMadeMs;
    if (madeMs === undefined || (await this.#configuration())?.createdMs === madeMs) return undefined;
    return 'Destination bucket is another one than when the replication configuration was put.';
  }

  async #configuration(): Promise<BucketConfiguration | undefined> {
    try {
      return await this.#parts.configurations.get(this.#bucket);
    } catch (error) {
      if (error instanceof ObjectStorageError && error.code === 'NoSuchBucket') return undefined;
      throw error;
    }
  }

  async #there({ key, versionId }: VersionToReplicate): Promise<ObjectInfo | undefined> {
    const bucket = this.#bucket;
    try {
      return infoOf(bucket, await findObject(this.#parts, { bucket, key, versionId }));
    } catch (error) {
      if (error instanceof ObjectStorageError && error.code === 'NoSuchVersion') return undefined;
      // A delete marker stands there.
      if (error instanceof ObjectStorageError && error.code === 'MethodNotAllowed')
        return versionId === 'null' ? undefined : Promise.reject(different(key));
      throw error;
    }
  }

  async #change(there: ObjectInfo, { tags, access, lock: wanted }: ObjectAttributes): Promise<void> {
    const name: VersionName = { bucket: this.#bucket, key: there.key, versionId: there.versionId };
    // Of the lock as it is when it is written: a harder one may come at any time.
    const changed = ({ lock }: ObjectInfo) => {
      const nowMs = this.#parts.world.clock.nowMs();
      return { tags, access, lock: lockToKeep(lock, { wanted, nowMs }) };
    };
    const [known, next] = [there, changed(there)].map((attributes) =>
      JSON.stringify([attributes.tags, attributes.access, attributes.lock]),
    );
    if (known !== next) await changeStored(this.#parts, name, changed);
  }

  /** As at Amazon, what has no retention of its own gets that which its new bucket gives. */
  async #make(version: VersionToReplicate, object: ObjectToReplicate, kept: ObjectAttributes): Promise<void> {
    const nowMs = this.#parts.world.clock.nowMs();
    const retention = kept.lock?.retention ?? defaultRetention((await this.#configuration())!, nowMs);
    const attributes = retention === undefined ? kept : { ...kept, lock: { ...kept.lock, retention } };
    if (object.info.partCount === undefined) await this.#copy(version, { object, attributes });
    else await this.#copyParts(version, { object, attributes });
  }

  async #copy(
    version: VersionToReplicate,
    { object, attributes }: { object: ObjectToReplicate; attributes: ObjectAttributes },
  ): Promise<void> {
    const { info } = object;
    const content = await object.open(undefined);
    try {
      const checksum = info.checksum?.algorithm;
      const body = objectBody(verified(content, info.checksum), checksum === undefined ? {} : { checksum });
      await this.#place(version, { attributes, body, ...encryptionOf(info) });
    } finally {
      content.close();
    }
  }

  async #place(
    version: VersionToReplicate,
    put: Pick<Parameters<ObjectStorage['placeVersion']>[0], 'attributes' | 'body' | 'encryption'>,
  ): Promise<void> {
    const { key } = version;
    const name = { bucket: this.#bucket, key };
    settled(
      await this.#parts.storage.placeVersion({ ...name, ...put, placement: placementOf(version) }),
      key,
    );
  }

  async #copyParts(
    version: VersionToReplicate,
    { object, attributes }: { object: ObjectToReplicate; attributes: ObjectAttributes },
  ): Promise<void> {
    const { storage } = this.#parts;
    const name = { bucket: this.#bucket, key: version.key };
    const upload = await this.#upload(version, { object, attributes });
    const { uploadId } = upload;
    const parts: { partNumber: number; etag: string }[] = [];
    let start = 0;
    for await (const part of object.parts()) {
      const known = upload.there.get(part.partNumber);
      const range = { start, length: part.sizeBytes };
      const etag =
        known === part.etag ? known : await this.#copyPart({ ...name, uploadId }, { object, part, range });
      parts.push({ partNumber: part.partNumber, etag });
      start += part.sizeBytes;
    }
    const placement = placementOf(version);
    settled(await storage.placeUpload({ ...name, uploadId, parts, placement }), version.key);
  }

  async #copyPart(
    upload: { bucket: string; key: string; uploadId: string },
    copy: { object: ObjectToReplicate; part: PartInfo; range: { start: number; length: number } },
  ): Promise<string> {
    const { object, part, range } = copy;
    const content = await object.open(range);
    try {
      const checksum = object.info.checksum?.algorithm;
      const body = objectBody(verified(content, part.checksum), checksum === undefined ? {} : { checksum });
      const { partNumber } = part;
      return (await this.#parts.storage.uploadPart({ ...upload, partNumber, body })).etag;
    } finally {
      content.close();
    }
  }

  /** The upload that was begun before a restart, with the parts that it has, or a new one. */
  async #upload(
    { key, progress, note }: VersionToReplicate,
    { object, attributes }: { object: ObjectToReplicate; attributes: ObjectAttributes },
  ): Promise<{ uploadId: string; there: ReadonlyMap<number, string> }> {
    const name = { bucket: this.#bucket, key };
    const there = progress === null ? undefined : await this.#partsOf({ ...name, uploadId: progress });
    if (progress !== null && there !== undefined) return { uploadId: progress, there };
    const { owner } = (await this.#configuration())!;
    const { checksum } = object.info;
    const { uploadId } = await this.#parts.storage.createUpload({
      ...{ ...name, attributes, owner, toBePlaced: true, ...encryptionOf(object.info) },
      ...(checksum && { checksum: { algorithm: checksum.algorithm, type: checksum.type } }),
    });
    await note(uploadId);
    return { uploadId, there: new Map() };
  }

  /** Undefined when it is gone. */
  async #partsOf(upload: {
    bucket: string;
    key: string;
    uploadId: string;
  }): Promise<ReadonlyMap<number, string> | undefined> {
    const there = new Map<number, string>();
    try {
      for (let afterPart: number | undefined = 0; afterPart !== undefined; ) {
        const page = await this.#parts.storage.listParts({ ...upload, afterPart, limit: 1_000 });
        for (const { partNumber, etag } of page.parts) there.set(partNumber, etag);
        afterPart = page.next;
      }
      return there;
    } catch (error) {
      if (error instanceof ObjectStorageError && error.code === 'NoSuchUpload') return undefined;
      throw error;
    }
  }
}

function attributesOf(
  info: ObjectInfo,
  { rule }: VersionToReplicate,
  destination: BucketConfiguration,
): ObjectAttributes {
  const { headers, userMetadata, tags } = info;
  return {
    ...{ headers, userMetadata, tags, replication: { replica: true } },
    access: rule?.ownerTranslated ? undefined : info.access,
    storageClass: rule?.storageClass ?? info.storageClass,
    // Only a bucket with object lock holds locked versions.
    lock: objectLockOf(destination) === undefined ? undefined : info.lock,
  };
}

/** Under the storage's own keys there too; else as the destination has it. */
function encryptionOf({ encryption }: ObjectInfo): { encryption?: 'AES256' } {
  return encryption === undefined ? {} : { encryption: 'AES256' };
}

function placementOf({ object, version, versionId, modifiedMs }: VersionToReplicate): VersionPlacement {
  const place = versionId === 'null' && version !== versionBeforeVersioning ? { place: version } : {};
  const said = object && { etag: object.info.etag, checksum: object.info.checksum };
  return { versionId, ...place, modifiedMs, ...said, replaces: 'older' };
}

function isSame(there: ObjectInfo, { etag, sizeBytes }: ObjectInfo): boolean {
  return there.etag === etag && there.sizeBytes === sizeBytes;
}

/** Only these give way to another version `null`: what a client put there is nobody's to take away. */
function isReplica({ replication }: ObjectInfo): boolean {
  return replication?.replica === true;
}

function settled({ outcome }: PlacedVersion, key: string): void {
  if (outcome === 'different') throw different(key);
}

function gone(key: string): ReplicationRefused {
  return new ReplicationRefused(`The replica of ${key} was deleted there, and does not come back.`);
}

function different(key: string): ReplicationRefused {
  return new ReplicationRefused(`Another version has the place of this one of ${key}.`);
}

/** Chunks that stay as they are; the last one only if all of them are what was put. */
async function* verified(content: Readable, checksum: StoredChecksum | undefined): AsyncIterable<Uint8Array> {
  if (checksum?.type !== 'FULL_OBJECT') return yield* copied(content);
  const running = createChecksum(checksum.algorithm);
  for await (const chunk of copied(content)) {
    running.update(chunk);
    yield chunk;
  }
  if (running.digest().toString('base64') === checksum.value) return;
  throw new ObjectStorageError('InternalError', {
    message: `The content is not what its ${checksum.algorithm} says.`,
  });
}
