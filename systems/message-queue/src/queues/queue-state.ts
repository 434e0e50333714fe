// Which message of a queue may be received now: the state machine of one queue, pure.
//
//            head                    cursor                     high watermark
//   log  ----|=====x==xx=f=xxx=r=xxx=|==========================|
//             x gone  f in flight  r ready  = of them all:  behind the cursor never looked at, one message like another
//
// Below the cursor there is an entry for every message that is not gone; what lies behind it costs nothing, so a queue may
// hold any number of messages. Gone is what was deleted, durably; in flight, delayed and ready are in memory only:
//
//   from      event                             to
//   behind    taken up                          ready, or delayed until it is due
//   delayed   is due                            ready
//   ready     received                          in flight, with a receive number of its own
//   in flight its time ends, or is set to zero  ready; the number is good until it is received again
//   any       deleted with its last number      gone
//
// After a crash the cursor is at the head again, and what was in flight is received again. A receive count above one is
// written down without waiting for it, so a crash takes back at most what was received since the last write, and counts
// of one: approximate, as its name in the API says.
//
// In a FIFO queue every message has a group. Nothing of a group is given while something of it is in flight, and of what
// waits the oldest comes first. Times in flight are of the monotonic clock, which no operator moves.

import assert from 'node:assert/strict';
import { Heap } from '../heap.ts';
import { GoneRanges, type RangeChange } from './gone-ranges.ts';

export type Now = { readonly wallMs: number; readonly monotonicMs: number };

export type TakenUp = {
  readonly offset: number;
  /** Not before this time of the wall clock. */
  readonly dueMs: number;
  /** Of a FIFO queue. */
  readonly group: string | undefined;
};

export type Entry = {
  readonly offset: number;
  readonly group: string | undefined;
  state: 'ready' | 'delayed' | 'in flight' | 'gone';
  /** Monotonic in flight, of the wall clock when delayed. */
  untilMs: number;
  receiveCount: number;
  /** Zero: not received since it was opened. */
  receiveNumber: number;
  firstReceivedMs: number;
};

export type ReceiveCount = {
  readonly offset: number;
  readonly count: number;
  readonly firstReceivedMs: number;
};

/** What is to be written, in this order. */
export type QueueChange =
  | ({ readonly kind: 'gone' } & RangeChange)
  | { readonly kind: 'received'; readonly offset: number; readonly received: ReceiveCount | undefined }
  /** Everything that was written of offsets before this one is void. */
  | { readonly kind: 'void before'; readonly offset: number };

export type QueueStateOptions = {
  readonly isFifo: boolean;
  /** The first offset of the log. */
  readonly startOffset: number;
  readonly gone: readonly { readonly first: number; readonly last: number }[];
  readonly receiveCounts: readonly ReceiveCount[];
  readonly inFlightMax: number;
  /** Messages below the cursor; at so many nothing is taken up. */
  readonly entriesMax: number;
};

type Group = { inFlight: number; readonly waiting: Heap<number> };
type Timed = { readonly untilMs: number; readonly entry: Entry };

/** Times of messages that are gone, besides as many as there are of others. */
const leftoversMax = 1_000;

/** Of a message and its receive number: whether who has them may still act on it. */
export type Standing = 'current' | 'superseded' | 'gone';

export class QueueState {
  readonly #options: QueueStateOptions;
  #gone: GoneRanges;
  #head: number;
  #cursor: number;
  readonly #entries = new Map<number, Entry>();
  readonly #groups = new Map<string, Group>();
  #inFlight = 0;
  #delayed = 0;
  /** Offsets: of messages, or in a FIFO queue of the first of groups. */
  readonly #ready = new Heap<number>((a, b) => a < b);
  readonly #returning = new Heap<Timed>((a, b) => a.untilMs < b.untilMs);
  readonly #due = new Heap<Timed>((a, b) => a.untilMs < b.untilMs);
  readonly #restored: Map<number, ReceiveCount>;

  constructor(options: QueueStateOptions) {
    const { startOffset, gone, receiveCounts } = options;
    this.#options = options;
    const known = gone.filter(({ last }) => last >= startOffset);
    this.#gone = new GoneRanges(known);
    // Of a range some of whose messages have left the log already the beginning still counts.
    this.#head = Math.min(startOffset, ...known.map(({ first }) => first));
    this.#cursor = this.#gone.after(this.#head);
    this.#restored = new Map(receiveCounts.map((received) => [received.offset, received]));
  }

  get head(): number {
    return this.#head;
  }
  /** The next that is taken up: never one that is gone. */
  get cursor(): number {
    return this.#cursor;
  }
  get inFlight(): number {
    return this.#inFlight;
  }
  get isFull(): boolean {
    return this.#entries.size >= this.#options.entriesMax;
  }
  get hasInFlightMax(): boolean {
    return this.#inFlight >= this.#options.inFlightMax;
  }
  /** Times that are kept, of messages that are gone too. */
  get timesKept(): number {
    return this.#returning.size + this.#due.size;
  }
  /** The end of what is gone from the head on. */
  get goneFromHead(): number {
    return this.#gone.after(this.#head);
  }

  entry(offset: number): Entry | undefined {
    return this.#entries.get(offset);
  }

  counts(endOffset: number): { waiting: number; inFlight: number; delayed: number } {
    const alive = endOffset - this.#head - this.#gone.total;
    const [inFlight, delayed] = [this.#inFlight, this.#delayed];
    return { waiting: Math.max(0, alive - inFlight - delayed), inFlight, delayed };
  }

  /** The message at the cursor. */
  takeUp({ offset, dueMs, group }: TakenUp, now: Now): void {
    assert(offset === this.#cursor, `${offset} is taken up, ${this.#cursor} is next`);
    const received = this.#restored.get(offset);
    this.#restored.delete(offset);
    const isDelayed = dueMs > now.wallMs;
    const entry: Entry = {
      ...{ offset, group, state: isDelayed ? 'delayed' : 'ready', untilMs: dueMs, receiveNumber: 0 },
      receiveCount: received?.count ?? 0,
      firstReceivedMs: received?.firstReceivedMs ?? 0,
    };
    this.#entries.set(offset, entry);
    this.#cursor = this.#gone.after(offset + 1);
    if (isDelayed) {
      this.#delayed++;
      this.#due.push({ untilMs: dueMs, entry });
      if (this.#due.size > 2 * this.#delayed + leftoversMax)
        this.#due.keep((timed) => this.#entries.get(timed.entry.offset) === timed.entry);
    }
    if (this.#wait(entry) === offset) this.#offer(entry);
  }

  /** What lies from the cursor to an offset cannot be read: it is not gone, but nobody is given it. */
  passOverTo(offset: number): void {
    assert(offset > this.#cursor, `${offset} is passed over to, ${this.#cursor} is next`);
    this.#cursor = this.#gone.after(offset);
  }

  /** As `passOverTo`, of one that was taken up. */
  passOver(entry: Entry): void {
    if (this.#entries.get(entry.offset) !== entry) return;
    this.#entries.delete(entry.offset);
    this.#forget(entry);
  }

  /** Returns what is due to return. */
  advance(now: Now): void {
    for (let next = this.#returning.peek(); next !== undefined; next = this.#returning.peek()) {
      const { entry, untilMs } = next;
      const isStale = entry.state !== 'in flight' || entry.untilMs !== untilMs;
      if (!isStale && untilMs > now.monotonicMs) break;
      this.#returning.pop();
      if (!isStale) this.#return(entry);
    }
    for (let next = this.#due.peek(); next !== undefined; next = this.#due.peek()) {
      if (next.untilMs > now.wallMs) break;
      this.#due.pop();
      if (this.#entries.get(next.entry.offset) !== next.entry) continue;
      this.#delayed--;
      next.entry.state = 'ready';
      this.#offer(next.entry);
    }
  }

  /** How long until `advance` has something to do; undefined when nothing is to come. */
  untilNextMs(now: Now): number | undefined {
    const returning = this.#returning.peek();
    const due = this.#due.peek();
    if (returning === undefined && due === undefined) return undefined;
    const inMs = Math.min(
      returning === undefined ? Number.POSITIVE_INFINITY : returning.untilMs - now.monotonicMs,
      due === undefined ? Number.POSITIVE_INFINITY : due.untilMs - now.wallMs,
    );
    return Math.max(0, inMs);
  }

  /** Up to `max` messages for one receiver, the oldest first; `nextNumber` gives each its receive number. */
  receive(
    { max, untilMs }: { max: number; untilMs: number },
    { now, nextNumber }: { now: Now; nextNumber: () => number },
  ): readonly { readonly entry: Entry; readonly changes: readonly QueueChange[] }[] {
    const picked: Entry[] = [];
    const room = Math.min(max, this.#options.inFlightMax - this.#inFlight);
    while (picked.length < room) {
      const offset = this.#ready.pop();
      if (offset === undefined) break;
      const entry = this.#entries.get(offset);
      if (entry?.state !== 'ready') continue;
      if (entry.group === undefined) picked.push(entry);
      else picked.push(...this.#nextOfGroup(entry, room - picked.length));
    }
    return picked.map((entry) => ({ entry, changes: this.#fly(entry, { untilMs, now, nextNumber }) }));
  }

  /** Starts the time in flight anew. */
  setVisibility(entry: Entry, untilMs: number): void {
    assert(entry.state === 'in flight', `${entry.offset} is ${entry.state}`);
    if (entry.untilMs !== untilMs) this.#returnAt(entry, untilMs);
  }

  /** Back at once. */
  return(entry: Entry): void {
    assert(entry.state === 'in flight', `${entry.offset} is ${entry.state}`);
    this.#return(entry);
  }

  /**
   * Of a message below the cursor. Of a number from before the queue was opened nothing is known but that nobody has
   * received the message since, if so: whoever has it did the work.
   */
  standing(
    { offset, receiveNumber }: { offset: number; receiveNumber: number },
    firstNumber: number,
  ): Standing {
    const entry = this.#entries.get(offset);
    if (entry === undefined) return 'gone';
    const isOfBefore = entry.receiveNumber === 0 && receiveNumber < firstNumber;
    return entry.receiveNumber === receiveNumber || isOfBefore ? 'current' : 'superseded';
  }

  /** Nothing more of its group is given until `release`: once the deletion is durable, else a crash could turn them round. */
  delete(entry: Entry): readonly QueueChange[] {
    const { offset, group } = entry;
    this.#entries.delete(offset);
    if (group !== undefined) this.#groups.getOrInsertComputed(group, newGroup).inFlight++;
    this.#forget(entry);
    const ranges = this.#gone.add(offset).map((change) => ({ kind: 'gone', ...change }) as const);
    return entry.receiveCount < 2 ? ranges : [...ranges, { kind: 'received', offset, received: undefined }];
  }

  /** Of a message that was deleted. */
  release({ group }: Entry): void {
    if (group === undefined) return;
    this.#groups.get(group)!.inFlight--;
    this.#offerGroup(group);
  }

  /** All messages before an offset. */
  deleteBefore(offset: number): readonly QueueChange[] {
    if (offset <= this.goneFromHead) return [];
    for (const entry of [...this.#entries.values()])
      if (entry.offset < offset) {
        this.#entries.delete(entry.offset);
        this.#forget(entry);
      }
    for (const known of [...this.#restored.keys()]) if (known < offset) this.#restored.delete(known);
    const range = this.#gone.addThrough(this.#head, offset);
    this.#cursor = Math.max(this.#cursor, range.last + 1);
    return [
      { kind: 'void before', offset: range.last + 1 },
      { kind: 'gone', ...range },
    ];
  }

  /** What is gone from the head to here has left the log: nothing needs to be known of it. */
  reclaim(end: number): readonly QueueChange[] {
    assert(end <= this.goneFromHead, `${end} is not gone`);
    const first = this.#head;
    this.#head = end;
    return this.#gone.cut(first, end).map((change) => ({ kind: 'gone', ...change }));
  }

  #fly(
    entry: Entry,
    { untilMs, now, nextNumber }: { untilMs: number; now: Now; nextNumber: () => number },
  ): readonly QueueChange[] {
    entry.state = 'in flight';
    entry.receiveCount++;
    entry.receiveNumber = nextNumber();
    if (entry.receiveCount === 1) entry.firstReceivedMs = now.wallMs;
    this.#inFlight++;
    this.#returnAt(entry, untilMs);
    if (entry.receiveCount < 2) return [];
    const { offset, receiveCount: count, firstReceivedMs } = entry;
    return [{ kind: 'received', offset, received: { offset, count, firstReceivedMs } }];
  }

  /** Every message that is deleted, and every time that is prolonged, leaves one behind, perhaps for twelve hours. */
  #returnAt(entry: Entry, untilMs: number): void {
    entry.untilMs = untilMs;
    this.#returning.push({ untilMs, entry });
    if (this.#returning.size > 2 * this.#inFlight + leftoversMax)
      this.#returning.keep(
        (timed) => timed.entry.state === 'in flight' && timed.entry.untilMs === timed.untilMs,
      );
  }

  #nextOfGroup({ group: name }: Entry, max: number): readonly Entry[] {
    const group = this.#groups.get(name!)!;
    const picked: Entry[] = [];
    if (group.inFlight > 0) return picked;
    while (picked.length < max) {
      const offset = group.waiting.peek();
      if (offset === undefined) break;
      const entry = this.#entries.get(offset);
      if (entry !== undefined && entry.state !== 'ready') break;
      group.waiting.pop();
      if (entry !== undefined) picked.push(entry);
    }
    group.inFlight += picked.length;
    return picked;
  }

  /** A message that is not in flight any more, or never was, waits for its turn: gives the first of its group. */
  #wait({ offset, group: name }: Entry): number | undefined {
    if (name === undefined) return offset;
    const group = this.#groups.getOrInsertComputed(name, newGroup);
    group.waiting.push(offset);
    return group.waiting.peek();
  }

  #return(entry: Entry): void {
    this.#inFlight--;
    entry.state = 'ready';
    if (entry.group !== undefined) this.#groups.get(entry.group)!.inFlight--;
    this.#wait(entry);
    this.#offer(entry);
  }

  /** It is ready, or its group may be. */
  #offer({ offset, group: name, state }: Entry): void {
    if (name !== undefined) this.#offerGroup(name);
    else if (state === 'ready') this.#ready.push(offset);
  }

  #offerGroup(name: string): void {
    const group = this.#groups.get(name);
    if (group === undefined || group.inFlight > 0) return;
    while (group.waiting.size > 0 && !this.#entries.has(group.waiting.peek()!)) group.waiting.pop();
    const first = group.waiting.peek();
    if (first === undefined) this.#groups.delete(name);
    else if (this.#entries.get(first)!.state === 'ready') this.#ready.push(first);
  }

  /** Of a message that is gone. */
  #forget(entry: Entry): void {
    const { state, group } = entry;
    entry.state = 'gone';
    if (state === 'delayed') this.#delayed--;
    if (state === 'in flight') {
      this.#inFlight--;
      if (group !== undefined) this.#groups.get(group)!.inFlight--;
    }
    if (group !== undefined) this.#offerGroup(group);
  }
}

function newGroup(): Group {
  return { inFlight: 0, waiting: new Heap<number>((a, b) => a < b) };
}
