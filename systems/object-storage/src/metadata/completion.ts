// What a completed multipart upload becomes: which parts, in which order, under which ETag and checksum. Pure.

import { checksumOf, combineCrc, isCrc } from '@cairn/hashing';
import type { StoredChecksum } from '../core/object-storage.ts';
import { objectBytesMax } from '../limits.ts';

export type PartRow = {
  readonly number: number;
  readonly blob: string;
  readonly size: number;
  readonly etag: string;
  readonly modified_ms: number;
  readonly checksum: string | null;
  readonly start: number | null;
  readonly salt: string | null;
};
export type RequestedPart = {
  readonly number: number;
  readonly etag: string;
  readonly checksum?: string | undefined;
};
export type CompletionFailure = 'InvalidPart' | 'InvalidPartOrder' | 'EntityTooSmall' | 'EntityTooLarge';
export type Completion = {
  readonly parts: readonly { readonly number: number; readonly start: number }[];
  readonly sizeBytes: number;
  readonly etag: string;
  readonly checksum: StoredChecksum | undefined;
};

/** Parts must ascend, exist with the ETag named, and be of `partBytesMin` at least, except the last. */
export function completion(input: {
  requested: readonly RequestedPart[];
  stored: readonly PartRow[];
  checksum: { algorithm: StoredChecksum['algorithm']; type: StoredChecksum['type'] } | undefined;
  partBytesMin: number;
}): Completion | CompletionFailure {
  const byNumber = new Map(input.stored.map((part) => [part.number, part]));
  const chosen: PartRow[] = [];
  for (const requested of input.requested) {
    if (requested.number <= (chosen.at(-1)?.number ?? 0)) return 'InvalidPartOrder';
    const part = byNumber.get(requested.number);
    if (part === undefined || part.etag !== requested.etag) return 'InvalidPart';
    if (requested.checksum !== undefined && requested.checksum !== part.checksum) return 'InvalidPart';
    chosen.push(part);
  }
  if (chosen.length === 0) return 'InvalidPart';
  if (chosen.slice(0, -1).some((part) => part.size < input.partBytesMin)) return 'EntityTooSmall';
  const sizeBytes = chosen.reduce((sum, part) => sum + part.size, 0);
  if (sizeBytes > objectBytesMax) return 'EntityTooLarge';
  return {
    parts: startsOf(chosen),
    sizeBytes,
    etag: `${checksumOf('md5', Buffer.concat(chosen.map((part) => Buffer.from(part.etag, 'hex')))).toString('hex')}-${chosen.length}`,
    checksum: input.checksum === undefined ? undefined : objectChecksum(chosen, input.checksum),
  };
}

function startsOf(parts: readonly PartRow[]): { number: number; start: number }[] {
  let start = 0;
  return parts.map((part) => {
    const placed = { number: part.number, start };
    start += part.size;
    return placed;
  });
}

/** Undefined when a part came without the checksum that the upload asked for: then there is nothing true to say. */
function objectChecksum(
  parts: readonly PartRow[],
  { algorithm, type }: { algorithm: StoredChecksum['algorithm']; type: StoredChecksum['type'] },
): StoredChecksum | undefined {
  const pieces: { digest: Buffer; sizeBytes: number }[] = [];
  for (const part of parts) {
    if (part.checksum === null) return undefined;
    pieces.push({ digest: Buffer.from(part.checksum, 'base64'), sizeBytes: part.size });
  }
  if (type === 'COMPOSITE') {
    const digest = checksumOf(algorithm, Buffer.concat(pieces.map((piece) => piece.digest)));
    return { algorithm, type, value: `${digest.toString('base64')}-${parts.length}` };
  }
  if (!isCrc(algorithm)) return undefined;
  const whole = pieces.reduce((first, second) => ({
    digest: combineCrc(algorithm, {
      first: first.digest,
      second: second.digest,
      secondBytes: second.sizeBytes,
    }),
    sizeBytes: first.sizeBytes + second.sizeBytes,
  }));
  return { algorithm, type, value: whole.digest.toString('base64') };
}
