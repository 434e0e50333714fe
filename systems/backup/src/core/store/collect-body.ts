// The bytes of a body in memory, bounded.

/** Undefined when there is more than `bytesMax`; the rest is not read. */
export async function collectBody(
  body: AsyncIterable<Uint8Array>,
  bytesMax: number,
): Promise<Buffer | undefined> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of body) {
    length += piece.length;
    if (length > bytesMax) return undefined;
    pieces.push(piece);
  }
  return pieces.length === 1 ? asBuffer(pieces[0]!) : Buffer.concat(pieces, length);
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
