// Who still needs something that would otherwise be removed, by name: readers under way, uploads whose blocks are in a
// segment before the index counts them.

export class Holds {
  readonly #counts = new Map<string, number>();

  /** Holds a name until the returned function is called (once; more calls do nothing). */
  hold(name: string): () => void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      const left = this.#counts.get(name)! - 1;
      if (left === 0) this.#counts.delete(name);
      else this.#counts.set(name, left);
    };
  }

  isHeld(name: string): boolean {
    return this.#counts.has(name);
  }

  names(): string[] {
    return [...this.#counts.keys()];
  }
}
