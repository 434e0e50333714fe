// The events of a simulation in the order in which they happen: by time, then by the rank of their owner (which the
// seed draws, so that no machine always comes first), then as they were scheduled. A binary heap.

export type SimulatedEvent = {
  timeMs: number;
  readonly rank: number;
  readonly sequence: number;
  cancelled: boolean;
};

export class EventQueue<Event extends SimulatedEvent> {
  readonly #heap: Event[] = [];

  push(event: Event): void {
    const heap = this.#heap;
    let at = heap.length;
    while (at > 0) {
      const parent = (at - 1) >>> 1;
      const above = heap[parent]!;
      if (!isBefore(event, above)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = event;
  }

  /** Takes the next event that was not cancelled; undefined when there is none. */
  pop(): Event | undefined {
    for (;;) {
      const event = this.#popAny();
      if (event === undefined || !event.cancelled) return event;
    }
  }

  #popAny(): Event | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    this.#sink(last);
    return first;
  }

  #sink(event: Event): void {
    const heap = this.#heap;
    const length = heap.length;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= length) break;
      if (child + 1 < length && isBefore(heap[child + 1]!, heap[child]!)) child += 1;
      if (!isBefore(heap[child]!, event)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = event;
  }
}

function isBefore(left: SimulatedEvent, right: SimulatedEvent): boolean {
  if (left.timeMs !== right.timeMs) return left.timeMs < right.timeMs;
  if (left.rank !== right.rank) return left.rank < right.rank;
  return left.sequence < right.sequence;
}
