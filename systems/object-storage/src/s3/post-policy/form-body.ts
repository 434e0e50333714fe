// The file of a form as the core takes it: within the sizes that the policy allows, and with the digests that the form
// says it has. A file that turns out wrong throws before it ends, so nothing of it is stored.

import { type BodyDigests, type ObjectBody, objectBody } from '../../core/object-body.ts';
import { ObjectStorageError } from '../../errors.ts';
import type { ChecksumClaim } from '../body/checksum-claim.ts';
import type { SizeRange } from './post-policy.ts';

export type FormBodyOptions = {
  readonly file: AsyncIterable<Uint8Array>;
  readonly sizes: SizeRange | undefined;
  readonly checksum: ChecksumClaim | undefined;
};

/** Besides what `file` throws, its chunks throw EntityTooLarge, EntityTooSmall, BadDigest. */
export function formBody({ file, sizes, checksum }: FormBodyOptions): ObjectBody {
  const body = objectBody(
    sizes === undefined ? file : within(file, sizes),
    checksum === undefined ? {} : { checksum: checksum.algorithm },
  );
  let digests: BodyDigests | undefined;
  async function* verified(): AsyncIterable<Uint8Array> {
    yield* body.chunks;
    digests = body.digests();
    if (checksum?.from === 'header') requireChecksum(checksum, digests);
  }
  return { chunks: verified(), sizeBytes: undefined, digests: () => digests ?? body.digests() };
}

async function* within(
  file: AsyncIterable<Uint8Array>,
  { minBytes, maxBytes }: SizeRange,
): AsyncIterable<Uint8Array> {
  let sizeBytes = 0;
  for await (const piece of file) {
    sizeBytes += piece.length;
    if (sizeBytes > maxBytes) throw outOf('EntityTooLarge', { sizeBytes, maxBytes });
    yield piece;
  }
  if (sizeBytes < minBytes) throw outOf('EntityTooSmall', { sizeBytes, minBytes });
}

function outOf(
  code: 'EntityTooLarge' | 'EntityTooSmall',
  { sizeBytes, minBytes, maxBytes }: { sizeBytes: number; minBytes?: number; maxBytes?: number },
): ObjectStorageError {
  return new ObjectStorageError(code, {
    fields: {
      ProposedSize: String(sizeBytes),
      ...(minBytes !== undefined && { MinSizeAllowed: String(minBytes) }),
      ...(maxBytes !== undefined && { MaxSizeAllowed: String(maxBytes) }),
    },
  });
}

function requireChecksum(
  { algorithm, value }: Extract<ChecksumClaim, { from: 'header' }>,
  { checksum }: BodyDigests,
): void {
  if (checksum?.value === value) return;
  throw new ObjectStorageError('BadDigest', {
    message: `The ${algorithm.toUpperCase()} you specified did not match the calculated checksum.`,
  });
}
