// Indexes of sealed segments that were used lately, of all partitions together: memory does not grow with what is retained.

import type { SegmentIndex } from './segment-index.ts';

export class IndexCache {
  readonly #max: number;
  /** Used longest ago first. */
  readonly #indexes = new Map<string, Promise<SegmentIndex>>();

  constructor(max: number) {
    this.#max = max;
  }

  get(path: string, load: () => Promise<SegmentIndex>): Promise<SegmentIndex> {
    const index = this.#indexes.get(path) ?? load();
    this.#indexes.delete(path);
    this.#indexes.set(path, index);
    index.catch(() => this.#indexes.delete(path));
    if (this.#indexes.size > this.#max) this.#indexes.delete(this.#indexes.keys().next().value!);
    return index;
  }

  forget(path: string): void {
    this.#indexes.delete(path);
  }
}
