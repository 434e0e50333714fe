// Who still needs a segment besides the index: readers under way, uploads whose blocks are there before their blob is.

export type SegmentName = { readonly log: number; readonly segment: number };

export class SegmentHolds {
  readonly #counts = new Map<string, number>();

  /** Holds a segment until the returned function is called (once; more calls do nothing). */
  hold(segment: SegmentName): () => void {
    const name = nameOf(segment);
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

  isHeld(segment: SegmentName): boolean {
    return this.#counts.has(nameOf(segment));
  }
}

function nameOf({ log, segment }: SegmentName): string {
  return `${log}/${segment}`;
}
