// Bodies of the index that are more than keys or ids one behind the other. Integers are little-endian.
//
//   locations     4 bytes for each key: 0, or the number of its pack, from 1 on; then the packs' ids, 32 bytes each
//   named packs   32 bytes id, 8 bytes size

import { ApiError } from '@cairn/service';
import type { NamedPack } from '../repositories/index-names.ts';

const packIdBytes = 32;
export const namedPackBytes = packIdBytes + 8;

export function idBytes(ids: readonly string[]): Uint8Array {
  return Buffer.from(ids.join(''), 'hex');
}

export function encodeLocations(packIds: readonly (string | undefined)[]): Uint8Array {
  const numbers = new Map<string, number>();
  const bytes = Buffer.alloc(packIds.length * 4);
  for (const [index, packId] of packIds.entries()) {
    if (packId === undefined) continue;
    const number = numbers.get(packId) ?? numbers.size + 1;
    numbers.set(packId, number);
    bytes.writeUInt32LE(number, index * 4);
  }
  return Buffer.concat([bytes, idBytes([...numbers.keys()])]);
}

/** Undefined when it is no answer to so many keys. */
export function decodeLocations(
  bytes: Buffer,
  keyCount: number,
): readonly (string | undefined)[] | undefined {
  const idsStart = keyCount * 4;
  const idCount = (bytes.length - idsStart) / packIdBytes;
  if (!Number.isInteger(idCount) || idCount < 0) return undefined;
  const ids = Array.from({ length: idCount }, (_, index) =>
    bytes.toString('hex', idsStart + index * packIdBytes, idsStart + (index + 1) * packIdBytes),
  );
  return Array.from({ length: keyCount }, (_, index) => ids[bytes.readUInt32LE(index * 4) - 1]);
}

export function encodeNamedPacks(packs: readonly NamedPack[]): Uint8Array {
  const bytes = Buffer.alloc(packs.length * namedPackBytes);
  for (const [index, { id, sizeBytes }] of packs.entries()) {
    const start = index * namedPackBytes;
    bytes.write(id, start, 'hex');
    bytes.writeBigUInt64LE(BigInt(sizeBytes), start + packIdBytes);
  }
  return bytes;
}

export function decodeNamedPacks(bytes: Buffer): readonly NamedPack[] {
  if (bytes.length % namedPackBytes !== 0)
    throw new ApiError('invalid-request', `${bytes.length} bytes are no packs of ${namedPackBytes} bytes`);
  return Array.from({ length: bytes.length / namedPackBytes }, (_, index) => {
    const start = index * namedPackBytes;
    const id = bytes.toString('hex', start, start + packIdBytes);
    return { id, sizeBytes: Number(bytes.readBigUInt64LE(start + packIdBytes)) };
  });
}
