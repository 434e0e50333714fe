// Which drives a blob goes to: rendezvous hashing. Every slot draws a weight for the blob; the heaviest comes first, and
// shard i has its home in the slot of rank i. A slot keeps its place when its drive is replaced, and a slot that is added
// takes its share from all others and moves nothing between them. Nothing is kept, so nothing can be lost.
//
// A weight is the finalizer of MurmurHash3 over the exclusive or of 32 random bits of the blob's id and of the slot's.

export type Placed = { readonly placement: number };

/** The slots, the blob's first home first. */
export function rankSlots<Slot extends Placed>(blob: string, slots: readonly Slot[]): Slot[] {
  const seed = blobSeed(blob);
  const weighed = slots.map((slot, order) => ({ slot, order, weight: weightOf(seed, slot.placement) }));
  weighed.sort((left, right) => right.weight - left.weight || left.order - right.order);
  return weighed.map(({ slot }) => slot);
}

/** Digits of the id that are chance on several drives too. */
const seedAt = 16;
const seedDigits = 8;

function blobSeed(blob: string): number {
  return Number.parseInt(blob.slice(seedAt, seedAt + seedDigits), 16);
}

function weightOf(seed: number, placement: number): number {
  let mixed = seed ^ placement;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
