// Finds a text with `?` in it, each of which stands for any one character, at the leftmost place: the bit-parallel Shift-And
// of Baeza-Yates and Gonnet (A New Approach to Text Searching, 1992). Bit p of the state says that the last p + 1 characters
// are the first p + 1 of what is sought. A character costs a word for 32 of those, whatever the text: looking at every place
// anew takes half a second for a policy and a header that are each as long as they may be.
//
// A mask of its own has only a character that stands in more places than a mask has words; of others the places are kept.
// So there are at most 32 masks, and all of it is a few times as large as what is sought.

type Words = Uint32Array<ArrayBuffer>;

export class WildSearch {
  readonly #length: number;
  /** Places that any character fits. */
  readonly #any: Words;
  /** By character: places that it fits, of frequent ones. */
  readonly #masks = new Map<number, Words>();
  /** By character: places at which it stands, of rare ones. */
  readonly #places = new Map<number, readonly number[]>();

  /** Codes of characters, and `anyCode` for a `?`; at least one. */
  constructor(codes: readonly number[], anyCode: number) {
    this.#length = codes.length;
    const placesOf = Map.groupBy(codes.keys(), (place) => codes[place]!);
    const words = Math.ceil(codes.length / 32);
    this.#any = withPlaces(new Uint32Array(words), placesOf.get(anyCode) ?? []);
    placesOf.delete(anyCode);
    for (const [code, places] of placesOf) {
      if (places.length > words) this.#masks.set(code, withPlaces(this.#any.slice(), places));
      else this.#places.set(code, places);
    }
  }

  /** -1 when it is nowhere from there on. */
  indexOf(text: string, from: number): number {
    const state = new Uint32Array(this.#any.length);
    const shifted = new Uint32Array(this.#any.length);
    const last = this.#length - 1;
    for (let position = from; position < text.length; position++) {
      const code = text.charCodeAt(position);
      const mask = this.#masks.get(code) ?? this.#any;
      for (let word = 0, carry = 1; word < state.length; word++) {
        const before = state[word]!;
        shifted[word] = (before << 1) | carry;
        state[word] = shifted[word]! & mask[word]!;
        carry = before >>> 31;
      }
      for (const place of this.#places.get(code) ?? none) {
        state[place >>> 5]! |= shifted[place >>> 5]! & (1 << (place & 31));
      }
      if ((state[last >>> 5]! & (1 << (last & 31))) !== 0) return position - last;
    }
    return -1;
  }
}

const none: readonly number[] = [];

function withPlaces(words: Words, places: readonly number[]): Words {
  for (const place of places) words[place >>> 5]! |= 1 << (place & 31);
  return words;
}
