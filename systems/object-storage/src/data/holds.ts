// Who still needs something that would otherwise be removed, by name: readers under way, uploads whose blocks are in a
// segment before the index counts them.

export class Holds {
  readonly #counts = new Map<string, { holders: number }>();

  /** Holds a name until the returned function is called (once; more calls do nothing). */
  hold(name: string): () => void {
    const count = this.#counts.getOrInsertComputed(name, () => ({ holders: 0 }));
    count.holders += 1;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      count.holders -= 1;
      if (count.holders === 0) this.#counts.delete(name);
    };
  }

  isHeld(name: string): boolean {
    return this.#counts.has(name);
  }

  names(): string[] {
    return [...this.#counts.keys()];
  }
}
