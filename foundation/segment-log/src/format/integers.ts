// 64-bit little-endian integers as JavaScript numbers. They stay below 2^53, so no BigInt is allocated per record.

const twoTo32 = 2 ** 32;

export function writeUint64(into: Buffer, input: { value: number; at: number }): void {
  into.writeUInt32LE(input.value % twoTo32, input.at);
  into.writeUInt32LE(Math.floor(input.value / twoTo32), input.at + 4);
}

/** Past 2^53 the result is rounded: a caller compares it with what it expects, and a rounded one never matches. */
export function readUint64(bytes: Buffer, at: number): number {
  return bytes.readUInt32LE(at + 4) * twoTo32 + bytes.readUInt32LE(at);
}
