// The deadlines of all groups in one binary heap, so that one timer serves them. A group is in it with the earliest deadline
// that it had when it was put in: one that moved away meanwhile fires early, which changes nothing.

/** Entries that do not count any more, besides as many as there are of others. */
const leftoversMax = 1_000;

export class Deadlines<Owner extends object> {
  #heap: { readonly atMs: number; readonly owner: Owner }[] = [];
  /** What of an owner counts; other entries are leftovers. */
  readonly #current = new Map<Owner, number>();

  get earliestMs(): number | undefined {
    return this.#heap[0]?.atMs;
  }

  /** Only an earlier time than the owner has already changes anything. */
  put(owner: Owner, atMs: number): void {
    if (atMs === Number.POSITIVE_INFINITY || atMs >= (this.#current.get(owner) ?? Number.POSITIVE_INFINITY))
      return;
    this.#current.set(owner, atMs);
    this.#heap.push({ atMs, owner });
    this.#rise(this.#heap.length - 1);
    if (this.#heap.length > 2 * this.#current.size + leftoversMax) this.#clear();
  }

  /** Entries, with those that do not count any more. */
  get size(): number {
    return this.#heap.length;
  }

  remove(owner: Owner): void {
    this.#current.delete(owner);
  }

  /** Takes out an owner whose time has come. */
  take(nowMs: number): Owner | undefined {
    for (;;) {
      const top = this.#heap[0];
      if (top === undefined || top.atMs > nowMs) return undefined;
      const last = this.#heap.pop()!;
      if (this.#heap.length > 0) {
        this.#heap[0] = last;
        this.#sink(0);
      }
      if (this.#current.get(top.owner) !== top.atMs) continue;
      this.#current.delete(top.owner);
      return top.owner;
    }
  }

  #clear(): void {
    const counting = this.#heap.filter(({ owner, atMs }) => this.#current.get(owner) === atMs);
    // In the order of their times they are a heap.
    this.#heap = counting.sort((a, b) => a.atMs - b.atMs);
  }

  #rise(index: number): void {
    for (let at = index; at > 0; ) {
      const parent = (at - 1) >> 1;
      if (this.#heap[parent]!.atMs <= this.#heap[at]!.atMs) return;
      this.#swap(at, parent);
      at = parent;
    }
  }

  #sink(index: number): void {
    for (let at = index; ; ) {
      const left = 2 * at + 1;
      if (left >= this.#heap.length) return;
      const right = left + 1;
      const isRight = right < this.#heap.length && this.#heap[right]!.atMs < this.#heap[left]!.atMs;
      const child = isRight ? right : left;
      if (this.#heap[at]!.atMs <= this.#heap[child]!.atMs) return;
      this.#swap(at, child);
      at = child;
    }
  }

  #swap(a: number, b: number): void {
    [this.#heap[a], this.#heap[b]] = [this.#heap[b]!, this.#heap[a]!];
  }
}
