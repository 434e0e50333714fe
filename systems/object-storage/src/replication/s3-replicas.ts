// The requests that make replicas at another S3 server, and change them.

import type { S3Client } from '@aws-sdk/client-s3';
import type { ByteRange, ObjectInfo, ObjectLock, PartInfo, Retention } from '../core/object-storage.ts';
import { inOnePiece, taggedAsOnePiece } from './appended-object.ts';
import { lockToKeep } from './lock-to-keep.ts';
import type { DestinationId, ObjectToReplicate, VersionToReplicate } from './replication-destination.ts';
import { algorithmOf, declared, described, rawHeaders, replicaHeader } from './s3-replica-headers.ts';
import { adding, sdk } from './s3-sdk.ts';
import { type SentBody, sendContent } from './sent-content.ts';

export type ReplicaPlace = { readonly Bucket: string; readonly Key: string };
type Replica = { readonly version: VersionToReplicate; readonly object: ObjectToReplicate };

export class S3Replicas {
  readonly #client: S3Client;
  readonly #send: { readonly abortSignal: AbortSignal };

  constructor(client: S3Client, { signal }: { signal: AbortSignal }) {
    this.#client = client;
    this.#send = { abortSignal: signal };
  }

  /** `expected`: what it is there, asked when its bytes were sent. */
  async put(
    place: ReplicaPlace,
    { version, object }: Replica,
    expected = () => object.info,
  ): Promise<DestinationId> {
    const { PutObjectCommand } = await sdk();
    const { info } = object;
    const attributes = described(info, version);
    const checksum = declared(info.checksum);
    const put = await this.#withBody(object, undefined, (body) => {
      const input = { ...place, ...attributes, ...checksum, ...body.input };
      const headers = { ...rawHeaders(info, version), ...(checksum && body.unsigned) };
      return this.#client.send(new PutObjectCommand(adding(input, headers)), body);
    });
    requireSameTag(put, expected());
    return { versionId: put.VersionId };
  }

  /** What was appended to bit by bit: its parts are left out. */
  async putWhole(place: ReplicaPlace, { version, object }: Replica): Promise<DestinationId> {
    const piece = inOnePiece(object);
    return this.put(place, { version, object: piece }, piece.tagged);
  }

  /** With the parts that it was made from, so that it gets the same entity tag. Goes on where it was. */
  async putParts(place: ReplicaPlace, replica: Replica): Promise<DestinationId> {
    const { CompleteMultipartUploadCommand } = await sdk();
    const { info } = replica.object;
    const { UploadId, there } = await this.#upload(place, replica);
    const upload = { ...place, UploadId };
    const Parts: { PartNumber: number; ETag: string }[] = [];
    let start = 0;
    for await (const part of replica.object.parts()) {
      const range = { start, length: part.sizeBytes };
      const known = there.get(part.partNumber);
      const sent =
        known?.ETag === part.etag ? known.part : await this.#putPart(upload, { replica, part, range });
      Parts.push({ PartNumber: part.partNumber, ...sent });
      start += part.sizeBytes;
    }
    const input = { ...upload, MultipartUpload: { Parts } };
    const completed = await this.#client.send(new CompleteMultipartUploadCommand(input), this.#send);
    requireSameTag(completed, info);
    return { versionId: completed.VersionId };
  }

  /** Marked as a replica: else two servers that replicate to each other would delete what was put behind it. */
  async delete(place: ReplicaPlace, { version }: VersionToReplicate): Promise<DestinationId> {
    const { DeleteObjectCommand } = await sdk();
    const { VersionId } = await this.#client.send(
      new DeleteObjectCommand(adding({ ...place }, { [replicaHeader]: version })),
      this.#send,
    );
    return { versionId: VersionId };
  }

  /** What is kept beside the bytes, as it is now. Lists are the destination's own. */
  async change(
    version: ReplicaPlace & { readonly VersionId: string | undefined },
    { tags, lock }: ObjectInfo,
    { nowMs }: { readonly nowMs: number },
  ): Promise<void> {
    const commands = await sdk();
    const TagSet = tags?.map(({ key: Key, value: Value }) => ({ Key, Value }));
    const client = this.#client;
    if (TagSet === undefined) {
      await client.send(new commands.DeleteObjectTaggingCommand(version), this.#send);
    } else {
      const tagging = { ...version, Tagging: { TagSet } };
      await client.send(new commands.PutObjectTaggingCommand(tagging), this.#send);
    }
    if (lock === undefined) return;
    const { legalHold } = lock;
    const retention = lock.retention && (await this.#retentionToSet(version, { wanted: lock, nowMs }));
    if (retention !== undefined) {
      const Retention = { Mode: retention.mode, RetainUntilDate: new Date(retention.untilMs) };
      // A stricter mode may want it.
      const retained = { ...version, Retention, BypassGovernanceRetention: true };
      await client.send(new commands.PutObjectRetentionCommand(retained), this.#send);
    }
    if (legalHold === undefined) return;
    const held = { ...version, LegalHold: { Status: legalHold ? 'ON' : 'OFF' } } as const;
    await client.send(new commands.PutObjectLegalHoldCommand(held), this.#send);
  }

  /** Undefined when what is there is as hard, or harder. */
  async #retentionToSet(
    version: ReplicaPlace & { readonly VersionId: string | undefined },
    { wanted, nowMs }: { wanted: ObjectLock; nowMs: number },
  ): Promise<Retention | undefined> {
    const { HeadObjectCommand } = await sdk();
    const { ObjectLockMode: mode, ObjectLockRetainUntilDate: until } = await this.#client.send(
      new HeadObjectCommand(version),
      this.#send,
    );
    const there = mode && until && { retention: { mode, untilMs: until.getTime() } };
    const kept = lockToKeep(there, { wanted, nowMs })?.retention;
    return kept === there?.retention ? undefined : kept;
  }

  async #putPart(
    upload: ReplicaPlace & { readonly UploadId: string },
    { replica, part, range }: { replica: Replica; part: PartInfo; range: ByteRange },
  ): Promise<SentPart> {
    const { UploadPartCommand } = await sdk();
    const checksum = declared(part.checksum);
    const sent = await this.#withBody(replica.object, range, (body) => {
      const input = { ...upload, PartNumber: part.partNumber, ...checksum, ...body.input };
      const headers = checksum === undefined ? {} : body.unsigned;
      return this.#client.send(new UploadPartCommand(adding(input, headers)), body);
    });
    return sentPart(sent);
  }

  /** The upload that was begun before, with the parts that it has, or a new one. */
  async #upload(
    place: ReplicaPlace,
    { version, object: { info } }: Replica,
  ): Promise<{ UploadId: string; there: ReadonlyMap<number, { ETag: string; part: SentPart }> }> {
    const { CreateMultipartUploadCommand } = await sdk();
    if (version.progress !== null) {
      const there = await this.#partsOf({ ...place, UploadId: version.progress });
      if (there !== undefined) return { UploadId: version.progress, there };
    }
    const attributes = described(info, version);
    const ChecksumAlgorithm = algorithmOf(info.checksum);
    const checksum = ChecksumAlgorithm && { ChecksumAlgorithm, ChecksumType: info.checksum!.type };
    const input = adding({ ...place, ...attributes, ...checksum }, rawHeaders(info, version));
    const { UploadId } = await this.#client.send(new CreateMultipartUploadCommand(input), this.#send);
    if (UploadId === undefined) throw new Error('The destination began an upload and did not say which.');
    await version.note(UploadId);
    return { UploadId, there: new Map() };
  }

  /** Undefined when it is gone. */
  async #partsOf(
    upload: ReplicaPlace & { readonly UploadId: string },
  ): Promise<ReadonlyMap<number, { ETag: string; part: SentPart }> | undefined> {
    const { ListPartsCommand, NoSuchUpload } = await sdk();
    const there = new Map<number, { ETag: string; part: SentPart }>();
    try {
      for (let PartNumberMarker: string | undefined; ; ) {
        const input = { ...upload, ...(PartNumberMarker !== undefined && { PartNumberMarker }) };
        const page = await this.#client.send(new ListPartsCommand(input), this.#send);
        for (const part of page.Parts ?? []) {
          there.set(part.PartNumber!, { ETag: unquoted(part.ETag), part: sentPart(part) });
        }
        if (!page.IsTruncated) return there;
        // A server that names no place behind the last would be asked for ever.
        if (!(Number(page.NextPartNumberMarker) > Number(PartNumberMarker ?? 0)))
          throw new Error('The destination lists parts in pages that lead nowhere.');
        PartNumberMarker = page.NextPartNumberMarker;
      }
    } catch (error) {
      if (error instanceof NoSuchUpload || (error as Error).name === 'NoSuchUpload') return undefined;
      throw error;
    }
  }

  async #withBody<Answer>(
    { info, open }: ObjectToReplicate,
    range: ByteRange | undefined,
    send: (body: SentBody) => Promise<Answer>,
  ): Promise<Answer> {
    const content = await open(range);
    const sizeBytes = range?.length ?? info.sizeBytes;
    try {
      return await sendContent(content, { sizeBytes, signal: this.#send.abortSignal, send });
    } finally {
      content.close();
    }
  }
}

type SentPart = { readonly ETag: string } & Readonly<Record<string, string>>;
const checksumsOfParts = [
  ...['ChecksumCRC32', 'ChecksumCRC32C', 'ChecksumCRC64NVME', 'ChecksumSHA1', 'ChecksumSHA256'],
] as const;

function sentPart(answer: object): SentPart {
  const said = answer as Readonly<Record<string, string | undefined>>;
  const known = checksumsOfParts.flatMap((name) => (said[name] === undefined ? [] : [[name, said[name]]]));
  return { ETag: said.ETag ?? '', ...(Object.fromEntries(known) as Record<string, string>) };
}

export type Tagged = {
  readonly ETag?: string | undefined;
  readonly ContentLength?: number | undefined;
  readonly ServerSideEncryption?: string | undefined;
};

function requireSameTag(answer: Tagged, info: ObjectInfo): void {
  const different = differenceOf(answer, info);
  if (different !== undefined) throw new Error(different);
}

/**
 * Why it is not a replica; undefined when nothing says so. The tag says nothing that is not of the bytes: the server has
 * tags of another kind, or encrypts under keys of its own; or the object came from elsewhere, or has parts and the replica none.
 */
export function differenceOf(
  { ETag, ContentLength, ServerSideEncryption }: Tagged,
  { etag, sizeBytes, imported }: Pick<ObjectInfo, 'etag' | 'sizeBytes' | 'imported'>,
): string | undefined {
  if (ContentLength !== undefined && ContentLength !== sizeBytes)
    return `The destination has ${ContentLength} bytes for ${sizeBytes}.`;
  const tag = unquoted(ETag);
  const tellsNothing =
    imported !== undefined ||
    !isOfBytes({ ETag, ServerSideEncryption }) ||
    (isOfParts(etag) && !isOfParts(tag));
  return tellsNothing || tag === etag ? undefined : `The destination has the entity tag ${ETag} for ${etag}.`;
}

/**
 * What a replica has to be like. What grew by appends was sent in one piece: its tag is that of the bytes, and all of them are
 * read here, but only where that can tell anything.
 */
export async function expectedAt(there: Tagged, object: ObjectToReplicate): Promise<ObjectInfo> {
  const { info } = object;
  const isOnePiece = isOfParts(info.etag) && !isOfParts(unquoted(there.ETag));
  const tells = isOfBytes(there) && info.imported === undefined && there.ContentLength === info.sizeBytes;
  return isOnePiece && tells ? taggedAsOnePiece(object) : info;
}

/** Else the server has tags of another kind, or encrypts under keys of its own. */
function isOfBytes({ ETag, ServerSideEncryption = 'AES256' }: Tagged): boolean {
  return ServerSideEncryption === 'AES256' && /^[0-9a-f]{32}(-\d+)?$/.test(unquoted(ETag));
}

function isOfParts(tag: string): boolean {
  return tag.includes('-');
}

function unquoted(etag: string | undefined): string {
  return etag?.replaceAll('"', '') ?? '';
}
