// What a compacted partition has to show: every record that was acknowledged, unless a later one of its key is there, or may be,
// or it is a tombstone whose time is over; nothing else, and nothing at another offset.

import assert from 'node:assert/strict';
import type { SeenPair } from '../partition/compaction-fixture.ts';

export type Fate = 'open' | 'committed' | 'aborted';

type KnownRecord = {
  readonly key: string;
  readonly value: string | null;
  /** Before it no compaction can have met it. */
  readonly sentMs: number;
  fate: Fate;
};

export type View = {
  readonly seen: readonly SeenPair[];
  /** What was asked for: from, and up to where it was read. */
  readonly from: number;
  readonly to: number;
  readonly committed: boolean;
};

export class KeyedLogModel {
  readonly #records = new Map<number, KnownRecord>();
  /** Keys of what was sent and not acknowledged: it may be there, behind everything that is known. */
  readonly #maybe = new Map<string, number>();
  readonly #deleteRetentionMs: number;

  constructor(options: { readonly deleteRetentionMs: number }) {
    this.#deleteRetentionMs = options.deleteRetentionMs;
  }

  get end(): number {
    return Math.max(-1, ...this.#records.keys()) + 1;
  }

  sent(keys: readonly string[]): void {
    for (const key of keys) this.#maybe.set(key, (this.#maybe.get(key) ?? 0) + 1);
  }

  /** It was acknowledged, or is known not to count. */
  settled(keys: readonly string[]): void {
    for (const key of keys) this.#maybe.set(key, this.#maybe.get(key)! - 1);
  }

  add(offset: number, record: KnownRecord): void {
    const known = this.#records.get(offset);
    assert(
      known === undefined || (known.key === record.key && known.value === record.value),
      `offset ${offset} was given twice`,
    );
    if (known === undefined) this.#records.set(offset, record);
  }

  decide(offsets: readonly number[], fate: Fate): void {
    for (const offset of offsets) this.#records.get(offset)!.fate = fate;
  }

  /** Offsets of what is committed now: a view that is begun from now on has to show it. */
  committed(): readonly number[] {
    return [...this.#records].filter(([, { fate }]) => fate === 'committed').map(([offset]) => offset);
  }

  /** `committedBefore` is from before the view was begun. */
  verify(
    view: View,
    { committedBefore, nowMs }: { committedBefore: readonly number[]; nowMs: number },
  ): void {
    this.#verifySeen(view);
    const offsets = new Set(view.seen.map(({ offset }) => offset));
    for (const offset of committedBefore) {
      if (offset < view.from || offset >= view.to || offsets.has(offset)) continue;
      const { key, value, sentMs } = this.#records.get(offset)!;
      const isOver = value === null && sentMs + this.#deleteRetentionMs <= nowMs;
      assert(
        isOver || this.#mayHaveLater(key, offset),
        `offset ${offset} is gone: ${key}=${value} at ${sentMs}, it is ${nowMs}`,
      );
    }
  }

  /** Nobody writes any more and everything was read: of each key the last committed value is there, or nothing. */
  verifyEnd(view: View): void {
    const last = new Map<string, number>();
    for (const offset of this.committed().toSorted((a, b) => a - b))
      last.set(this.#records.get(offset)!.key, offset);
    const seenLast = new Map(view.seen.map(({ key, offset }) => [key!, offset]));
    for (const [key, offset] of last) {
      if (offset < view.from) continue;
      const { value } = this.#records.get(offset)!;
      const seen = seenLast.get(key);
      const isRight = seen === offset || (value === null && seen === undefined);
      assert(isRight, `${key} ended at ${offset} with ${value}, the last that is read of it is at ${seen}`);
    }
  }

  /** Everything up to an offset was compacted: no key is there twice, and nothing of what was aborted. */
  verifyCompacted({ seen }: View, cleanedTo: number): void {
    const keys = new Map<string, number>();
    for (const { offset, key } of seen.filter((each) => each.offset < cleanedTo)) {
      const before = keys.get(key!);
      assert(before === undefined, `${key} is at ${before} and at ${offset}, compacted up to ${cleanedTo}`);
      assert(this.#records.get(offset)?.fate !== 'aborted', `offset ${offset} was aborted, and is there`);
      keys.set(key!, offset);
    }
  }

  #verifySeen({ seen, committed }: View): void {
    let before = -1;
    for (const { offset, key, value } of seen) {
      assert(offset > before, `offset ${offset} comes behind ${before}`);
      before = offset;
      const known = this.#records.get(offset);
      if (known === undefined) continue;
      assert(known.key === key && known.value === value, `offset ${offset} has ${key}=${value}`);
      assert(
        !committed || known.fate !== 'aborted',
        `offset ${offset} was aborted, and is read as committed`,
      );
    }
  }

  #mayHaveLater(key: string, offset: number): boolean {
    if ((this.#maybe.get(key) ?? 0) > 0) return true;
    for (const [later, record] of this.#records)
      if (later > offset && record.key === key && record.fate !== 'aborted') return true;
    return false;
  }
}
