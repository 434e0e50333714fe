// A write may take fewer bytes than it was given, and end inside a buffer: this is what is left to write then.

export function remainingBuffers(buffers: readonly Uint8Array[], count: number): Uint8Array[] {
  let skip = count;
  let index = 0;
  for (; index < buffers.length; index += 1) {
    const length = buffers[index]!.byteLength;
    if (skip < length) break;
    skip -= length;
  }
  const left = buffers.slice(index);
  if (skip > 0) left[0] = left[0]!.subarray(skip);
  return left;
}
