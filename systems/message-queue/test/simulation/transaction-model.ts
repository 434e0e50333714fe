// What producers were told of their transactions, and what has to be seen of each for that.

import assert from 'node:assert/strict';
import type { Disk } from '../transactions/coordinator-fixture.ts';

export class TransactionModel {
  readonly name: string;
  /** Acknowledged, by place: a topic, or `offsets`. */
  readonly texts: { readonly place: string; readonly text: string }[] = [];
  /** Something of it is not known to be there. */
  isBroken = false;
  /** Nobody had taken the place of its producer when it asked. */
  mayBeCommitted = false;
  told: 'committed' | 'aborted' | undefined;

  constructor(name: string) {
    this.name = name;
  }

  check(disk: Disk): void {
    const isSeen = ({ place, text }: { place: string; text: string }): boolean =>
      (place === 'offsets' ? disk.offsets.committed : disk.logs.get(place)!.committed()).includes(text);
    const seen = this.texts.filter(isSeen);
    const parts = `${seen.length} of ${this.texts.length} parts of ${this.name} are seen`;
    if (this.told === 'committed') assert.equal(seen.length, this.texts.length, `committed, but ${parts}`);
    else if (this.told === 'aborted') assert.equal(seen.length, 0, `aborted, but ${parts}`);
    else if (!this.mayBeCommitted) assert.equal(seen.length, 0, `nobody could commit it, but ${parts}`);
    else assert(seen.length === 0 || seen.length === this.texts.length, parts);
  }
}

/** Of all transactions together. */
export function checkDisk(disk: Disk, transactions: readonly TransactionModel[]): void {
  for (const transaction of transactions) transaction.check(disk);
  const known = new Set(transactions.flatMap(({ texts }) => texts.map(({ text }) => text)));
  for (const [topic, log] of disk.logs) {
    const committed = log.committed();
    assert.equal(new Set(committed).size, committed.length, `a record is committed twice in ${topic}`);
    for (const text of committed) assert(known.has(text), `${text} is committed, and was never acknowledged`);
  }
}

export function checkNothingOpen(disk: Disk): void {
  for (const [topic, log] of disk.logs) assert(!log.hasOpenTransaction(), `a transaction hangs in ${topic}`);
  assert.deepEqual([...disk.offsets.pending.values()].flat(), [], 'offsets hang in a transaction');
}
