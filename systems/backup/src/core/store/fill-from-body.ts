// A body into memory that was given along with the request (`GetOptions.into`). An engine that reads right into it gives views
// of it; the pieces of any other are copied.

/** The bytes that came; undefined when there are more than `target` has, whose rest is not read. */
export async function fillFromBody(
  target: Uint8Array,
  body: AsyncIterable<Uint8Array>,
): Promise<number | undefined> {
  let filled = 0;
  for await (const piece of body) {
    if (filled + piece.length > target.length) return undefined;
    const isThere = piece.buffer === target.buffer && piece.byteOffset === target.byteOffset + filled;
    if (!isThere) target.set(piece, filled);
    filled += piece.length;
  }
  return filled;
}
