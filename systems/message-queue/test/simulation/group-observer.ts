// What clients of a group were told, and what of it must never have been.

import assert from 'node:assert/strict';

export type Held = { readonly holder: string; readonly epoch: number };

export class GroupObserver {
  /** Of the classic group: by generation and partition. */
  readonly #assigned = new Map<string, string>();
  readonly #leaders = new Map<number, string>();
  /** The highest generation in which a member got its assignment. */
  settledGeneration = 0;
  /** Of both groups, by group and partition: the highest offset whose commit was acknowledged. */
  readonly #committed = new Map<string, number>();
  /** Of the consumer group: who has a partition, as far as its client knows. */
  readonly #held = new Map<string, Held>();
  #offsets = 0;
  commits = 0;
  rebalances = 0;

  /** Offsets rise with every commit that is sent. */
  nextOffset(): number {
    this.#offsets += 1;
    return this.#offsets;
  }

  led(generation: number, memberId: string): void {
    const leader = this.#leaders.get(generation) ?? memberId;
    assert.equal(leader, memberId, `generation ${generation} has two leaders`);
    this.#leaders.set(generation, leader);
  }

  synced(generation: number, memberId: string, partitions: readonly number[]): void {
    this.settledGeneration = Math.max(this.settledGeneration, generation);
    this.rebalances += 1;
    for (const partition of partitions) {
      const key = `${generation}/${partition}`;
      const owner = this.#assigned.get(key) ?? memberId;
      assert.equal(owner, memberId, `partition ${partition} has two owners in generation ${generation}`);
      this.#assigned.set(key, owner);
    }
  }

  /** `isMember`: the broker still counts on that member. */
  holds(
    memberId: string,
    wanted: { partitions: ReadonlySet<number>; epoch: number },
    isMember: (id: string) => boolean,
  ) {
    this.rebalances += 1;
    for (const [key, { holder }] of this.#held)
      if (holder === memberId && !wanted.partitions.has(Number(key))) this.#held.delete(key);
    for (const partition of wanted.partitions) {
      const other = this.#held.get(String(partition));
      const isTaken = other !== undefined && other.holder !== memberId && isMember(other.holder);
      assert(!isTaken, `partition ${partition} was given to ${memberId}, and ${other?.holder} has it`);
      this.#held.set(String(partition), { holder: memberId, epoch: wanted.epoch });
    }
  }

  lost(memberId: string): void {
    for (const [key, { holder }] of this.#held) if (holder === memberId) this.#held.delete(key);
  }

  acknowledged(group: string, partition: number, offset: number): void {
    this.commits += 1;
    const key = `${group}/${partition}`;
    this.#committed.set(key, Math.max(offset, this.#committed.get(key) ?? 0));
  }

  /** To be asked before a fetch is sent: it has to find at least this. */
  leastOffset(group: string, partition: number): number {
    return this.#committed.get(`${group}/${partition}`) ?? -1;
  }
}
