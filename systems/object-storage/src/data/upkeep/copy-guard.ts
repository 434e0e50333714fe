// Keeps compaction and removal of one blob apart.
//
// A copy puts a second last record of the blob into a log. If the blob were removed while its copy is on the way, a crash
// would let recovery find that record behind the checkpoint, and the blob would be back. So a blob is either being copied
// or being removed: who removes waits until the copy is in the index or given up, and what is being removed is not copied.

export class CopyGuard {
  readonly #copying = new Map<string, { readonly done: Promise<void>; wanted: boolean }>();
  readonly #removing = new Map<string, number>();

  /** Those of the blobs that may be copied now. `finish` must be called when their copies are indexed or given up. */
  begin(blobs: readonly string[]): { readonly blobs: readonly string[]; finish(): void } {
    const free = blobs.filter((blob) => !this.#removing.has(blob) && !this.#copying.has(blob));
    const { promise, resolve } = Promise.withResolvers<void>();
    for (const blob of free) this.#copying.set(blob, { done: promise, wanted: true });
    return {
      blobs: free,
      finish: () => {
        for (const blob of free) this.#copying.delete(blob);
        resolve();
      },
    };
  }

  /** False when somebody waits to remove it: a long copy is given up then. */
  isWanted(blob: string): boolean {
    return this.#copying.get(blob)?.wanted ?? false;
  }

  /** Runs a removal while none of the blobs is copied. */
  async whileNotCopied<T>(blobs: readonly string[], remove: () => Promise<T>): Promise<T> {
    for (const blob of blobs) this.#removing.set(blob, (this.#removing.get(blob) ?? 0) + 1);
    try {
      await this.#letGo(blobs);
      return await remove();
    } finally {
      for (const blob of blobs) {
        const left = this.#removing.get(blob)! - 1;
        if (left === 0) this.#removing.delete(blob);
        else this.#removing.set(blob, left);
      }
    }
  }

  async #letGo(blobs: readonly string[]): Promise<void> {
    const waited = new Set<Promise<void>>();
    for (const blob of blobs) {
      const copy = this.#copying.get(blob);
      if (copy === undefined) continue;
      copy.wanted = false;
      waited.add(copy.done);
    }
    await Promise.all(waited);
  }
}
