// A hierarchical timing wheel (Varghese and Lauck, 1987): what is due when, with additions, removals and expiries that cost
// the same however many there are. Times are whole numbers, such as milliseconds since the epoch.
//
//   level 0   256 slots of 1          what is due within the present 256
//   level 1   256 slots of 256        ... 65,536
//   level 2   256 slots of 65,536     ... 16.7 million: 4.6 hours
//   level 3   256 slots of 16.7 M     ... 4.3 billion: 49 days
//   beyond                            the rest
//
// An entry lies in the lowest level whose present round holds its time: in the slot of the digit, base 256, in which its
// time first differs from now. When time reaches a slot of a higher level, its entries go to lower ones.

const slotCount = 256;
const levelCount = 4;
/** By level, how long a slot lasts. */
const slotSpans = Array.from({ length: levelCount }, (_, level) => slotCount ** level);
const wheelSpan = slotCount ** levelCount;

export type WheelEntry<Item> = {
  readonly due: number;
  readonly item: Item;
  /** Where it lies; undefined when it lies nowhere any more. */
  place: Set<WheelEntry<Item>> | undefined;
};

type Level<Item> = (Set<WheelEntry<Item>> | undefined)[];
type Reached<Item> = { readonly start: number; readonly entries: Set<WheelEntry<Item>> };

export class TimingWheel<Item> {
  readonly #levels: readonly Level<Item>[] = slotSpans.map(() => []);
  readonly #overdue = new Set<WheelEntry<Item>>();
  readonly #beyond = new Set<WheelEntry<Item>>();
  #now: number;

  constructor(now: number) {
    this.#now = now;
  }

  get now(): number {
    return this.#now;
  }

  /** What is due already comes with the next `advance`. */
  add(due: number, item: Item): WheelEntry<Item> {
    const entry: WheelEntry<Item> = { due, item, place: undefined };
    this.#place(entry);
    return entry;
  }

  /** Does nothing when it is gone. */
  remove(entry: WheelEntry<Item>): void {
    entry.place?.delete(entry);
    entry.place = undefined;
  }

  /** Moves to a time, and gives what is due by then: in the order of due times, then of additions. Time never goes back. */
  advance(now: number): readonly Item[] {
    const due = this.#takeAll(this.#overdue).sort((left, right) => left.due - right.due);
    for (;;) {
      const reached = this.#nextSlot();
      if (reached === undefined || reached.start > now) break;
      this.#now = Math.max(this.#now, reached.start);
      for (const entry of this.#takeAll(reached.entries))
        if (entry.due <= this.#now) due.push(entry);
        else this.#place(entry);
    }
    this.#now = Math.max(this.#now, now);
    return due.map(({ item }) => item);
  }

  /** When the next is due; undefined when there is none. */
  nextDue(): number | undefined {
    if (this.#overdue.size > 0) return leastDue(this.#overdue);
    const next = this.#nextSlot();
    return next === undefined ? undefined : leastDue(next.entries);
  }

  #place(entry: WheelEntry<Item>): void {
    const place = this.#placeOf(entry.due);
    place.add(entry);
    entry.place = place;
  }

  #placeOf(due: number): Set<WheelEntry<Item>> {
    if (due <= this.#now) return this.#overdue;
    for (const [level, span] of slotSpans.entries()) {
      const round = span * slotCount;
      if (Math.floor(due / round) !== Math.floor(this.#now / round)) continue;
      const slot = Math.floor(due / span) % slotCount;
      const slots = this.#levels[level]!;
      slots[slot] ??= new Set();
      return slots[slot];
    }
    return this.#beyond;
  }

  #takeAll(entries: Set<WheelEntry<Item>>): WheelEntry<Item>[] {
    const taken = [...entries];
    entries.clear();
    for (const entry of taken) entry.place = undefined;
    return taken;
  }

  /** The first slot behind now that holds something. One of a lower level begins before any of a higher one. */
  #nextSlot(): Reached<Item> | undefined {
    for (const [level, span] of slotSpans.entries()) {
      const slots = this.#levels[level]!;
      const round = span * slotCount;
      const roundStart = Math.floor(this.#now / round) * round;
      for (let slot = (Math.floor(this.#now / span) % slotCount) + 1; slot < slots.length; slot++) {
        const entries = slots[slot];
        if (entries !== undefined && entries.size > 0) return { start: roundStart + slot * span, entries };
      }
    }
    return this.#beyond.size === 0 ? undefined : this.#firstBeyond();
  }

  /** Those of the first turn of the whole wheel that has any. */
  #firstBeyond(): Reached<Item> {
    const start = Math.floor(leastDue(this.#beyond) / wheelSpan) * wheelSpan;
    return { start, entries: this.#beyond };
  }
}

function leastDue(entries: ReadonlySet<WheelEntry<unknown>>): number {
  let least = Number.POSITIVE_INFINITY;
  for (const { due } of entries) least = Math.min(least, due);
  return least;
}
