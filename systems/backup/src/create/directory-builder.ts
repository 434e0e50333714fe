// The new bytes of one directory, from its entries in the order of their names. Results of files come later than entries
// behind them, so entries wait in slots; what stands in front and is complete is written at once.
//
// While all entries are those of the parent's directory nothing is written: at the end its bytes are taken as they are.

import assert from 'node:assert/strict';
import { entryAt } from '../format/decode-directory.ts';
import { TreeCursor } from '../format/tree-cursor.ts';
import type { TreeEntry, TreeSummary } from '../format/tree-entry.ts';
import { TreeWriter } from '../format/tree-writer.ts';

/** Where an entry goes that is not known yet. */
export type Slot = {
  state: 'pending' | 'filled' | 'dropped';
  entry: TreeEntry | undefined;
  /** Which entry of the parent's directory this is when it is equal to it; -1 when it is another. */
  ordinal: number;
};

export type BuiltDirectory = {
  readonly bytes: Uint8Array;
  readonly summary: TreeSummary;
  /** The bytes are those of the parent's directory. */
  readonly same: boolean;
};

export class DirectoryBuilder {
  readonly #parentBytes: Uint8Array | undefined;
  readonly #cursor: TreeCursor | undefined;
  #ordinal = -1;
  #onEntry = false;
  /** How many entries of the parent begin this directory, as long as there is no writer. */
  #sameCount = 0;
  #writer: TreeWriter | undefined;
  #slots: Slot[] = [];
  #head = 0;

  /** `parentBytes`: the directory of the same path in the parent snapshot. */
  constructor(parentBytes: Uint8Array | undefined) {
    this.#parentBytes = parentBytes;
    this.#cursor = parentBytes && new TreeCursor(parentBytes, 'a directory of the parent');
    this.#advance();
  }

  /** The parent's entry of this name (one byte per character); names must be asked for in their order. */
  find(name: string): TreeCursor | undefined {
    while (this.#onEntry) {
      const order = compareName(this.#cursor!, name);
      if (order === 0) return this.#cursor;
      if (order > 0) return undefined;
      this.#advance();
    }
    return undefined;
  }

  /** Which of the parent's entries `find` came to. */
  get ordinal(): number {
    return this.#ordinal;
  }

  /** Takes the entry that `find` gave last, as it is. */
  keep(): void {
    if (this.#head < this.#slots.length) {
      this.#slots.push({ state: 'filled', entry: entryAt(this.#cursor!), ordinal: this.#ordinal });
    } else if (this.#writer === undefined && this.#ordinal === this.#sameCount) {
      this.#sameCount += 1;
    } else {
      this.#ensureWriter().appendFrom(this.#cursor!);
    }
  }

  add(entry: TreeEntry): void {
    this.#slots.push({ state: 'filled', entry, ordinal: -1 });
    this.#writeReady();
  }

  reserve(): Slot {
    const slot: Slot = { state: 'pending', entry: undefined, ordinal: -1 };
    this.#slots.push(slot);
    return slot;
  }

  /** `ordinal` where the entry equals that one of the parent. */
  fill(slot: Slot, entry: TreeEntry, ordinal = -1): void {
    assert.equal(slot.state, 'pending');
    slot.state = 'filled';
    slot.entry = entry;
    slot.ordinal = ordinal;
    this.#writeReady();
  }

  /** The entry is not there any more. */
  drop(slot: Slot): void {
    assert.equal(slot.state, 'pending');
    slot.state = 'dropped';
    this.#writeReady();
  }

  get isComplete(): boolean {
    return this.#head === this.#slots.length;
  }

  /** After the last entry, when all slots are filled. `summary` is that of the parent's directory, where it is known. */
  finish(summary: TreeSummary | undefined): BuiltDirectory {
    assert(this.isComplete, 'a directory is finished when all its entries are known');
    const untouched = this.#writer === undefined && this.#sameCount === this.#cursor?.count;
    if (untouched && summary !== undefined) return { bytes: this.#parentBytes!, summary, same: true };
    const written = this.#ensureWriter().finish();
    return { ...written, same: this.#parentBytes !== undefined && written.bytes.equals(this.#parentBytes) };
  }

  #advance(): void {
    this.#onEntry = this.#cursor?.next() ?? false;
    this.#ordinal += 1;
  }

  #writeReady(): void {
    for (; this.#head < this.#slots.length; this.#head += 1) {
      const slot = this.#slots[this.#head]!;
      if (slot.state === 'pending') break;
      if (slot.state === 'filled') this.#write(slot);
    }
    this.#forgetWritten();
  }

  #write({ entry, ordinal }: Slot): void {
    if (this.#writer === undefined && ordinal === this.#sameCount) this.#sameCount += 1;
    else this.#ensureWriter().append(entry!);
  }

  /** Not at every entry: that would move the rest each time. */
  #forgetWritten(): void {
    if (this.#head < 1024 && this.#head < this.#slots.length) return;
    this.#slots = this.#slots.slice(this.#head);
    this.#head = 0;
  }

  #ensureWriter(): TreeWriter {
    if (this.#writer !== undefined) return this.#writer;
    this.#writer = new TreeWriter();
    if (this.#sameCount === 0) return this.#writer;
    const cursor = new TreeCursor(this.#parentBytes!, 'a directory of the parent');
    for (let i = 0; i < this.#sameCount; i += 1) {
      cursor.next();
      this.#writer.appendFrom(cursor);
    }
    return this.#writer;
  }
}

function compareName({ bytes, nameStart, nameEnd }: TreeCursor, name: string): number {
  const length = Math.min(nameEnd - nameStart, name.length);
  for (let i = 0; i < length; i += 1) {
    const difference = bytes[nameStart + i]! - name.charCodeAt(i);
    if (difference !== 0) return difference;
  }
  return nameEnd - nameStart - name.length;
}
