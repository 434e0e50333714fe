// Memory that the kernel may still touch though nobody waits for its call any more: a drive did not answer in time. It is
// used for nothing else, in whatever pool it was: what is written late would be bytes of another object, perhaps of one that
// is to lie on no drive without being encrypted.

type Memory = Pick<Uint8Array, 'buffer'>;

const left = new WeakSet<ArrayBufferLike>();

/** From now on and for good: the collector takes it when the call is back. */
export function leaveToKernel(memories: readonly Memory[]): void {
  for (const { buffer } of memories) left.add(buffer);
}

export function isLeftToKernel({ buffer }: Memory): boolean {
  return left.has(buffer);
}
