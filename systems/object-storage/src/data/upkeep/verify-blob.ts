// Reads a blob from its first byte to its last: for the scrubber, and for repair.

import type { BlobReader } from '../data-store.ts';
import type { DamageList } from './damage-list.ts';

export type VerifyParts = {
  /** Marks what it finds damaged. */
  open(blob: string): Promise<BlobReader | undefined>;
  readonly damage: DamageList;
};

/**
 * Returns its size, undefined when there is no such blob; throws BlobDamagedError. A mark of damage is taken away when
 * nothing is wrong any more. `spend` is called after every chunk.
 */
export async function verifyBlob(
  { open, damage }: VerifyParts,
  blob: string,
  spend?: (bytes: number) => Promise<void>,
): Promise<number | undefined> {
  const reader = await open(blob);
  if (reader === undefined) return undefined;
  try {
    for await (const chunk of reader.read({ start: 0, length: reader.sizeBytes }))
      await spend?.(chunk.byteLength);
    await damage.clear(blob);
    return reader.sizeBytes;
  } finally {
    reader.close();
  }
}
