// Moves one version: reads it there, compares it with what was announced, and puts it at its place here.
//
//   entity tag there      | how its bytes come                        | what is compared besides the size
//   MD5, to 5 GiB         | whole                                     | MD5; a checksum of the whole object
//   MD5-N                 | part by part, by number from 1 on         | MD5 of the parts' MD5s; any checksum
//   MD5-N, not by number  | in ranges as parts of a usual size        | the same, when it was that size; else nothing
//   any other, or larger  | whole, or in ranges                       | MD5 when it is one; a checksum of the whole object
//
// The entity tag here is that of there in every case.

import type { GetObjectCommandOutput } from '@aws-sdk/client-s3';
import type { PlacedVersion } from '../../core/object-storage.ts';
import { putBytesMax } from '../../limits.ts';
import { announcedBody, checksumIn } from '../source/read-object.ts';
import { codeOf, isRefused, statusOf } from '../source/source-error.ts';
import { moveInPieces, rangesOf } from './move-in-pieces.ts';
import {
  attributesToKeep,
  chunksOf,
  discard,
  getPiece,
  type Move,
  type Moved,
  type MoveParts,
  placementOf,
  tagIsDigest,
} from './read-version.ts';

export async function moveVersion(parts: MoveParts, move: Move): Promise<Moved> {
  const { etag, deleteMarker, sizeBytes } = move.planned.version;
  if (deleteMarker) return { outcome: await placeMarker(parts, move), verified: true };
  const count = Number(/^[0-9a-f]{32}-(\d+)$/.exec(etag)?.[1] ?? 0);
  if (count > 0) {
    const moved = await moveByNumbers(parts, move, count);
    if (moved !== undefined) return moved;
  }
  if (count > 0 || sizeBytes > putBytesMax)
    return moveInPieces(parts, move, { pieces: rangesOf(sizeBytes, count), first: undefined });
  return moveWhole(parts, move);
}

async function placeMarker({ storage }: MoveParts, move: Move): Promise<PlacedVersion['outcome']> {
  const { bucket } = move.to;
  const attributes = { headers: {}, userMetadata: {}, imported: move.mark };
  const placement = placementOf(move, undefined);
  const placed = await storage.placeVersion({
    bucket,
    key: move.from.key,
    attributes,
    body: undefined,
    placement,
  });
  return placed.outcome;
}

/** Undefined when they cannot be had so: the server does not give parts, or they were not numbered from 1 on without gaps. */
async function moveByNumbers(parts: MoveParts, move: Move, count: number): Promise<Moved | undefined> {
  const first = await firstPart(parts, move, count);
  if (first === undefined) return undefined;
  const pieces = Array.from({ length: count }, (_, index) => ({ PartNumber: index + 1 }));
  try {
    return await moveInPieces(parts, move, { pieces, first });
  } catch (error) {
    if (!isNoSuchPart(error)) throw error;
    return undefined;
  }
}

/** Servers differ in what they call it. */
function isNoSuchPart(error: unknown): boolean {
  return statusOf(error) === 416 || /^InvalidPart/.test(codeOf(error));
}

async function firstPart(
  parts: MoveParts,
  move: Move,
  count: number,
): Promise<GetObjectCommandOutput | undefined> {
  try {
    const answer = await getPiece(parts, move, { PartNumber: 1 });
    if (answer.PartsCount === count) return answer;
    discard(answer);
  } catch (error) {
    if (!isRefused(error) && statusOf(error) !== 416) throw error;
  }
  return undefined;
}

async function moveWhole(parts: MoveParts, move: Move): Promise<Moved> {
  const { planned, to, from } = move;
  const { etag, sizeBytes } = planned.version;
  const answer = await getPiece(parts, move, {}, 'ENABLED');
  const checksum = checksumIn(answer);
  const md5 = /^[0-9a-f]{32}$/.test(etag) && tagIsDigest(answer) ? etag : undefined;
  try {
    const attributes = await attributesToKeep(parts, move, answer);
    const body = announcedBody(parts.pace.held(chunksOf(answer)), { sizeBytes, md5, checksum });
    const placement = placementOf(move, checksum);
    const request = { bucket: to.bucket, key: from.key, attributes, body, placement };
    const { outcome } = await parts.storage.placeVersion(request);
    return { outcome, verified: md5 !== undefined || checksum?.type === 'FULL_OBJECT' };
  } finally {
    discard(answer);
  }
}
