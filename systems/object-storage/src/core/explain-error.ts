// What the layers below throw, as errors of object storage: the one place where they are mapped.
//
// Only failures that can happen to a correct program are mapped. Anything else (an assertion, a type error) is a
// programmer's mistake and passes through as it is.

import { SqlError } from '@cairn/engines';
import { SegmentLogError } from '@cairn/segment-log';
import { DiskError } from '@cairn/world';
import { BlobDamagedError } from '../data/data-store.ts';
import { FrameDamagedError } from '../encryption/frame-cipher.ts';
import { ObjectStorageError, type ObjectStorageErrorCode } from '../errors.ts';
import { PlacedDamagedError } from '../transition/placed-format.ts';
import { ContentGone } from './content-gone.ts';
import { checkTexts } from './names.ts';

export function explainError(error: unknown): unknown {
  const code = codeOf(error);
  return code === undefined ? error : new ObjectStorageError(code, { cause: error });
}

function codeOf(error: unknown): ObjectStorageErrorCode | undefined {
  if (error instanceof DiskError || error instanceof SqlError) {
    if (error.code === 'full') return 'InsufficientStorage';
    return error.code === 'unavailable' || error.code === 'conflict' ? 'ServiceUnavailable' : 'InternalError';
  }
  const failed = failures.some((kind) => error instanceof kind);
  return failed ? 'InternalError' : undefined;
}

const failures = [SegmentLogError, BlobDamagedError, FrameDamagedError, PlacedDamagedError, ContentGone];

type Operation = (input: never) => Promise<unknown>;

/**
 * The same operations, refusing texts that no store can hold, and throwing ObjectStorageError for failures below. `onCall` is
 * told of each.
 */
export function explaining<T extends Readonly<Record<string, Operation>>>(
  operations: T,
  onCall: () => void,
): T {
  const wrapped = Object.entries(operations).map(([name, operation]) => [
    name,
    async (input: never) => {
      onCall();
      try {
        checkTexts(input);
        return await operation(input);
      } catch (error) {
        throw explainError(error);
      }
    },
  ]);
  return Object.fromEntries(wrapped) as T;
}

/** The same chunks, likewise. */
export async function* explainingChunks(chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  try {
    yield* chunks;
  } catch (error) {
    throw explainError(error);
  }
}
