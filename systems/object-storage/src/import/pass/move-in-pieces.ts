// Moves a version in pieces, as parts of an upload: those that it was made from, or ranges. What they make together is
// compared with what the source says of the whole before the version is placed.

import { createHash } from 'node:crypto';
import type { GetObjectCommandOutput } from '@aws-sdk/client-s3';
import type { StoredChecksum } from '../../core/object-storage.ts';
import { ObjectStorageError } from '../../errors.ts';
import { bytesPerMiB } from '../../limits.ts';
import { completion, type PartRow } from '../../metadata/completion.ts';
import { announcedBody, checksumIn } from '../source/read-object.ts';
import { SourceMismatch } from '../source/source-error.ts';
import {
  attributesToKeep,
  chunksOf,
  discard,
  getPiece,
  type Move,
  type Moved,
  type MoveParts,
  type Piece,
  placementOf,
  tagIsDigest,
} from './read-version.ts';

type Pieces = { readonly pieces: readonly Piece[]; readonly first: GetObjectCommandOutput | undefined };

export async function moveInPieces(parts: MoveParts, move: Move, { pieces, first }: Pieces): Promise<Moved> {
  const { storage } = parts;
  const { to, from, owner } = move;
  const name = { bucket: to.bucket, key: from.key };
  const { checksum, opening } = await described(parts, move, first ?? pieces[0]!);
  const attributes = await attributesToKeep(parts, move, opening);
  const kept = checksum && { algorithm: checksum.algorithm, type: checksum.type };
  const { uploadId } = await storage.createUpload({
    ...name,
    attributes,
    owner,
    checksum: kept,
    toBePlaced: true,
  });
  const upload = { ...name, uploadId };
  try {
    const whole = createHash('md5');
    const stored: PartRow[] = [];
    for (const [index, piece] of pieces.entries()) {
      const answer = index === 0 ? opening : await getPiece(parts, move, piece);
      stored.push(await storePiece(parts, { upload, answer, number: index + 1, checksum, whole }));
    }
    const found = { stored, checksum, digest: whole.digest('hex'), opening };
    const verified = compareWhole(move, found, first !== undefined);
    const numbered = stored.map(({ number, etag }) => ({ partNumber: number, etag }));
    const placed = await storage.placeUpload({
      ...upload,
      parts: numbered,
      placement: placementOf(move, checksum),
    });
    return { outcome: placed.outcome, verified };
  } catch (error) {
    discard(opening);
    await storage.abortUpload(upload).catch((refusal: unknown) => {
      if (!(refusal instanceof ObjectStorageError) || refusal.code !== 'NoSuchUpload') throw refusal;
    });
    throw error;
  }
}

/** The checksum of the whole, which an answer of a piece does not say, and the answer that begins with. */
async function described(
  parts: MoveParts,
  move: Move,
  first: GetObjectCommandOutput | Piece,
): Promise<{ checksum: StoredChecksum | undefined; opening: GetObjectCommandOutput }> {
  const { source, signal } = parts;
  const { from, planned } = move;
  const head = await source.client.send(
    new source.sdk.HeadObjectCommand({
      ...{ Bucket: from.bucket, Key: from.key, ChecksumMode: 'ENABLED' },
      ...(from.versioned && { VersionId: planned.version.versionId }),
    }),
    { abortSignal: signal },
  );
  const opening = isAnswer(first) ? first : await getPiece(parts, move, first);
  return { checksum: checksumIn(head), opening };
}

function isAnswer(first: GetObjectCommandOutput | Piece): first is GetObjectCommandOutput {
  return '$metadata' in first;
}

type StoringPiece = {
  readonly upload: { readonly bucket: string; readonly key: string; readonly uploadId: string };
  readonly answer: GetObjectCommandOutput;
  readonly number: number;
  readonly checksum: StoredChecksum | undefined;
  readonly whole: ReturnType<typeof createHash>;
};

async function storePiece(parts: MoveParts, piece: StoringPiece): Promise<PartRow> {
  const { upload, answer, number, checksum, whole } = piece;
  async function* digested() {
    for await (const chunk of parts.pace.held(chunksOf(answer))) {
      whole.update(chunk);
      yield chunk;
    }
  }
  const sizeBytes = answer.ContentLength ?? 0;
  // Compared when all pieces are there; until then only which algorithm counts.
  const asked = checksum && ({ ...checksum, type: 'COMPOSITE' } as const);
  const body = announcedBody(digested(), { sizeBytes, md5: undefined, checksum: asked });
  const part = await parts.storage.uploadPart({ ...upload, partNumber: number, body });
  const row = {
    number,
    blob: '',
    size: part.sizeBytes,
    etag: part.etag,
    modified_ms: 0,
    start: null,
    salt: null,
  };
  return { ...row, checksum: part.checksum?.value ?? null };
}

type Found = {
  readonly stored: readonly PartRow[];
  readonly checksum: StoredChecksum | undefined;
  readonly digest: string;
  readonly opening: GetObjectCommandOutput;
};

/** Whether more than the size was compared. Throws SourceMismatch. */
function compareWhole(
  { planned }: Move,
  { stored, checksum, digest, opening }: Found,
  areParts: boolean,
): boolean {
  const { etag, sizeBytes } = planned.version;
  const requested = stored.map(({ number, etag: tag }) => ({ number, etag: tag }));
  const made = completion({ requested, stored, checksum, partBytesMin: 0 });
  if (typeof made === 'string') throw new SourceMismatch(`its parts make no object: ${made}`);
  if (made.sizeBytes !== sizeBytes)
    throw new SourceMismatch(`${made.sizeBytes} bytes came, ${sizeBytes} were announced`);
  const sameTag = made.etag === etag || digest === etag;
  const comparable = areParts || /^[0-9a-f]{32}$/.test(etag);
  if (!sameTag && comparable && tagIsDigest(opening))
    throw new SourceMismatch(`its entity tag is ${etag}, that of what came ${made.etag}`);
  // A composite one depends on where the parts end.
  const comparesChecksum = checksum !== undefined && (areParts || checksum.type === 'FULL_OBJECT');
  if (comparesChecksum && made.checksum !== undefined && made.checksum.value !== checksum.value) {
    const { algorithm, value } = checksum;
    throw new SourceMismatch(`its ${algorithm} is ${value}, that of what came ${made.checksum.value}`);
  }
  return sameTag || (comparesChecksum && made.checksum !== undefined);
}

/** Sizes of parts that clients are known to take, in MiB. */
const usualMiB = [5, 8, 10, 15, 16, 20, 25, 32, 50, 64, 100, 128, 256, 512, 1_024];

/** Of `count` parts when one of those sizes makes so many; else of 1 GiB. */
export function rangesOf(sizeBytes: number, count: number): readonly Piece[] {
  const usual = usualMiB.find((MiB) => Math.ceil(sizeBytes / (MiB * bytesPerMiB)) === count) ?? 1_024;
  const pieceBytes = usual * bytesPerMiB;
  const pieces = Math.max(1, Math.ceil(sizeBytes / pieceBytes));
  if (pieces === 1) return [{}];
  return Array.from({ length: pieces }, (_, index) => {
    const start = index * pieceBytes;
    return { Range: `bytes=${start}-${Math.min(start + pieceBytes, sizeBytes) - 1}` };
  });
}
