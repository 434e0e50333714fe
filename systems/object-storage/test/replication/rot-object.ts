// Rots the stored bytes of an object, behind the storage's back.

import { open } from 'node:fs/promises';
import type { ObjectStorage, VersionName } from '@cairn/object-storage';

/** Headers of the record and of the block in front of the bytes: DESIGN.md, "Records". */
export const headerBytes = 64;

/** Flips a bit of the first byte of each blob, or of those of the parts that are asked for. */
export async function rotObject(
  { storage, directory }: { readonly storage: ObjectStorage; readonly directory: string },
  name: VersionName,
  which: (index: number) => boolean = () => true,
): Promise<void> {
  const { placements } = await storage.inspect(name);
  for (const [index, { log, runs }] of placements.entries()) {
    if (!which(index)) continue;
    const { segment, position } = runs[0]!;
    const file = await open(`${directory}/segments/log-${log}/${segmentFile(segment)}`, 'r+');
    const byte = Buffer.alloc(1);
    await file.read(byte, 0, 1, position + headerBytes);
    byte[0]! ^= 1;
    await file.write(byte, 0, 1, position + headerBytes);
    await file.close();
  }
}

export function segmentFile(segment: number): string {
  return `${String(segment).padStart(12, '0')}.segment`;
}
