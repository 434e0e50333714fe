// Reading one version of the source: which one, which piece of it, and what is kept beside its bytes.

import type { GetObjectCommand, GetObjectCommandOutput } from '@aws-sdk/client-s3';
import type {
  ObjectAttributes,
  ObjectStorage,
  PlacedVersion,
  StoredChecksum,
  VersionPlacement,
} from '../../core/object-storage.ts';
import type { Source } from '../source/open-source.ts';
import type { Pace } from '../source/pace.ts';
import { attributesOf, tagsOf } from '../source/read-object.ts';
import type { PlannedVersion } from './version-plan.ts';

export type MoveParts = {
  readonly source: Source;
  readonly storage: ObjectStorage;
  readonly pace: Pace;
  readonly signal: AbortSignal;
};
export type Move = {
  readonly from: { readonly bucket: string; readonly key: string; readonly versioned: boolean };
  readonly to: { readonly bucket: string; readonly locks: boolean };
  readonly mark: string;
  readonly owner: string;
  readonly planned: PlannedVersion;
};
export type Moved = { readonly outcome: PlacedVersion['outcome']; readonly verified: boolean };

export type Piece = { readonly PartNumber: number } | { readonly Range: string } | Record<string, never>;

export function getPiece(
  { source, signal }: MoveParts,
  { from, planned }: Move,
  piece: Piece,
  mode?: 'ENABLED',
) {
  const { etag, versionId } = planned.version;
  const command = new source.sdk.GetObjectCommand({
    ...{ Bucket: from.bucket, Key: from.key, ...piece },
    ...(from.versioned && { VersionId: versionId }),
    // The version `null` may be another one by now.
    ...(etag !== '' && { IfMatch: `"${etag}"` }),
  });
  if (mode !== undefined) askForChecksum(command, mode);
  return source.client.send(command, { abortSignal: signal });
}

/** Not by the command's own field: then the SDK compares it, and has not all algorithms. */
function askForChecksum({ middlewareStack }: GetObjectCommand, mode: 'ENABLED'): void {
  middlewareStack.add(
    (next) => (args) => {
      (args.request as { headers: Record<string, string> }).headers['x-amz-checksum-mode'] = mode;
      return next(args);
    },
    { step: 'build', name: 'askForChecksum' },
  );
}

export function discard({ Body }: GetObjectCommandOutput): void {
  (Body as { destroy?: () => void } | undefined)?.destroy?.();
}

/** Under keys of a key management service, or of the client, it is not: Amazon, "Object". */
export function tagIsDigest({ ServerSideEncryption, SSECustomerAlgorithm }: GetObjectCommandOutput): boolean {
  return !ServerSideEncryption?.startsWith('aws:') && SSECustomerAlgorithm === undefined;
}

export function chunksOf({ Body }: GetObjectCommandOutput): AsyncIterable<Uint8Array> {
  return (Body ?? []) as AsyncIterable<Uint8Array>;
}

export async function attributesToKeep(
  parts: MoveParts,
  move: Move,
  answer: GetObjectCommandOutput,
): Promise<ObjectAttributes> {
  const { lock, ...attributes } = attributesOf(answer, parts.storage.placedClasses);
  const tags = answer.TagCount ? await tagsThere(parts, move) : undefined;
  return { ...attributes, tags, lock: move.to.locks ? lock : undefined, imported: move.mark };
}

async function tagsThere({ source, signal }: MoveParts, { from, planned }: Move) {
  const command = new source.sdk.GetObjectTaggingCommand({
    ...{ Bucket: from.bucket, Key: from.key },
    ...(from.versioned && { VersionId: planned.version.versionId }),
  });
  const { TagSet = [] } = await source.client.send(command, { abortSignal: signal });
  return TagSet.length === 0 ? undefined : tagsOf(TagSet);
}

export function placementOf({ planned, mark }: Move, checksum: StoredChecksum | undefined): VersionPlacement {
  const { version, versionId, place } = planned;
  const { modifiedMs, etag } = version;
  const replaces = { imported: mark };
  return {
    versionId,
    place,
    modifiedMs,
    replaces,
    ...(etag !== '' && { etag }),
    ...(checksum && { checksum }),
  };
}
