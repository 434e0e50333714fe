// The offsets of a queue whose messages are gone, as ranges that neither touch nor overlap. They are what the queue keeps
// durably: everything else in its log is a message that is still to be had.
//
// Messages are deleted roughly in the order of their arrival, so there are about as many ranges as there are messages in
// flight, however many were deleted.

/** A row to write: the range that begins there, or none any more. */
export type RangeChange = { readonly first: number; readonly last: number | undefined };

export class GoneRanges {
  readonly #lastOf = new Map<number, number>();
  readonly #firstOf = new Map<number, number>();
  /** Offsets in all of them. */
  #total = 0;

  constructor(ranges: Iterable<{ readonly first: number; readonly last: number }> = []) {
    for (const { first, last } of ranges) this.#put(first, last);
  }

  get total(): number {
    return this.#total;
  }

  /** The first offset from this one on that is not gone; `offset` is the first of a range, or in none. */
  after(offset: number): number {
    const last = this.#lastOf.get(offset);
    return last === undefined ? offset : last + 1;
  }

  /** Of an offset that is in none. */
  add(offset: number): readonly RangeChange[] {
    const first = this.#firstOf.get(offset - 1) ?? offset;
    const last = this.#lastOf.get(offset + 1) ?? offset;
    if (first !== offset) this.#remove(first);
    const isFollowed = last !== offset;
    if (isFollowed) this.#remove(offset + 1);
    this.#put(first, last);
    return [{ first, last }, ...(isFollowed ? [{ first: offset + 1, last: undefined }] : [])];
  }

  /** All from `first` to before `end`, and what follows without a gap; gives the range. `first` is the lowest of all. */
  addThrough(first: number, end: number): { readonly first: number; readonly last: number } {
    let last = end - 1;
    for (const [start, until] of [...this.#lastOf]) {
      if (start > end) continue;
      last = Math.max(last, until);
      this.#remove(start);
    }
    this.#put(first, last);
    return { first, last };
  }

  /** Forgets of the range that begins there what lies before `end`. */
  cut(first: number, end: number): readonly RangeChange[] {
    const last = this.#lastOf.get(first);
    if (last === undefined || end === first) return [];
    this.#remove(first);
    if (end > last) return [{ first, last: undefined }];
    this.#put(end, last);
    return [
      { first, last: undefined },
      { first: end, last },
    ];
  }

  entries(): readonly { readonly first: number; readonly last: number }[] {
    return [...this.#lastOf].map(([first, last]) => ({ first, last }));
  }

  #put(first: number, last: number): void {
    this.#lastOf.set(first, last);
    this.#firstOf.set(last, first);
    this.#total += last - first + 1;
  }

  #remove(first: number): void {
    const last = this.#lastOf.get(first)!;
    this.#lastOf.delete(first);
    this.#firstOf.delete(last);
    this.#total -= last - first + 1;
  }
}
