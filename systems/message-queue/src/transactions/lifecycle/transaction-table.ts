// The transactional ids of the broker in memory, each as its row in the metadata has it. A change is durable before it is
// seen here, and changes of one id go one after the other.
//
// A write that fails may have happened all the same. Then the id is in doubt: nothing is decided about it until its row
// was claimed, after which no write from before can happen any more.

import assert from 'node:assert/strict';
import { SqlError } from '@cairn/engines';
import type { Telemetry } from '@cairn/telemetry';
import { KeyedQueue } from '../../keyed-queue.ts';
import { transactionsPageMax } from '../../limits.ts';
import type { MetadataSql } from '../../metadata/store.ts';
import type { FoundTransaction } from '../../metadata/transactions.ts';
import { type Decided, type Decision, refuse } from '../machine/decision.ts';
import type { TransactionState } from '../machine/transaction-state.ts';
import type { ProducerIds } from './producer-ids.ts';
import { rowOf, stateOf } from './transaction-row.ts';

type Entry = {
  state: TransactionState;
  version: number;
  /** A write that ends the open transaction is under way, or was and its outcome is not known. */
  isLeavingOpen: boolean;
  isInDoubt: boolean;
};

export type TransactionTableOptions = {
  readonly sql: Pick<MetadataSql, 'read' | 'write'>;
  readonly producerIds: ProducerIds;
  /** More are refused until some expire. */
  readonly transactionalIdsMax: number;
  readonly log: Telemetry['log'];
  /** Of every state that became durable, and of those that are found at start. */
  readonly onState: (state: TransactionState) => void;
  /** The outcome of a write is not known. */
  readonly onDoubt: (transactionalId: string) => void;
};

/** Asked again with a fresh producer id when it needs one. */
export type Decide = (known: TransactionState | undefined, freshProducerId: number | undefined) => Decision;

export class TransactionTable {
  readonly #options: TransactionTableOptions;
  readonly #entries = new Map<string, Entry>();
  /** Whose rows are not what was written. */
  readonly #damaged = new Set<string>();
  readonly #changes = new KeyedQueue();

  constructor(options: TransactionTableOptions) {
    this.#options = options;
  }

  async load(): Promise<void> {
    for (let after = ''; ; ) {
      const page = await this.#options.sql.read('listTransactions', { after, limit: transactionsPageMax });
      const last = page.at(-1);
      if (last === undefined) return;
      for (const found of page) this.#take(found);
      after = last.row.id;
    }
  }

  get(transactionalId: string): TransactionState | undefined {
    return this.#entries.get(transactionalId)?.state;
  }

  all(): readonly TransactionState[] {
    return [...this.#entries.values()].map(({ state }) => state);
  }

  isDamaged(transactionalId: string): boolean {
    return this.#damaged.has(transactionalId);
  }

  /** True from the moment that an end is being decided: nothing may be written for the open transaction any more. */
  isLeavingOpen(transactionalId: string): boolean {
    return this.#entries.get(transactionalId)?.isLeavingOpen === true;
  }

  /** Rejects with SqlError. */
  change(transactionalId: string, decide: Decide): Promise<Decided> {
    return this.#changes.run(transactionalId, async () => {
      if (this.#damaged.has(transactionalId)) return refuse('UNKNOWN_SERVER_ERROR');
      await this.#resolveDoubt(transactionalId);
      const decided = await this.#decide(transactionalId, decide);
      if (decided.kind === 'become') await this.#write(decided.state);
      return decided;
    });
  }

  /** Removes the id if it is as `isToGo` wants. Rejects with SqlError. */
  remove(transactionalId: string, isToGo: (known: TransactionState) => boolean): Promise<void> {
    return this.#changes.run(transactionalId, async () => {
      await this.#resolveDoubt(transactionalId);
      const entry = this.#entries.get(transactionalId);
      if (entry === undefined || !isToGo(entry.state)) return;
      const follows = entry.version;
      const forgotten = await this.#attempt(entry, 'forget a transactional id', () =>
        this.#options.sql.write('forgetTransaction', { id: transactionalId, follows }),
      );
      if (forgotten) this.#entries.delete(transactionalId);
    });
  }

  /** Claims a row in doubt. Rejects with SqlError. */
  settle(transactionalId: string): Promise<void> {
    return this.#changes.run(transactionalId, () => this.#resolveDoubt(transactionalId));
  }

  settled(): Promise<void> {
    return this.#changes.settled();
  }

  async #decide(transactionalId: string, decide: Decide): Promise<Decided> {
    const known = this.get(transactionalId);
    const decided = decide(known, undefined);
    if (decided.kind !== 'needs producer id') return decided;
    if (known === undefined && this.#entries.size >= this.#options.transactionalIdsMax)
      return refuse('POLICY_VIOLATION');
    const again = decide(known, await this.#options.producerIds.next());
    assert(again.kind !== 'needs producer id', 'a decision asks for a producer id that it was given');
    return again;
  }

  async #write(state: TransactionState): Promise<void> {
    const { transactionalId } = state;
    const known = this.#entries.get(transactionalId);
    const entry = known ?? { state, version: 0, isLeavingOpen: false, isInDoubt: false };
    entry.isLeavingOpen = entry.state.status === 'Ongoing' && state.status !== 'Ongoing';
    // Of a new one nothing is known before it is durable, but that it is in doubt if the write fails.
    const row = rowOf(state);
    const follows = entry.version;
    await this.#attempt(entry, 'write a transactional id', () =>
      this.#options.sql.write('putTransaction', { row, follows }),
    );
    entry.state = state;
    entry.version += 1;
    entry.isLeavingOpen = false;
    this.#entries.set(transactionalId, entry);
    this.#options.onState(state);
  }

  async #attempt(entry: Entry, attempted: string, write: () => Promise<boolean>): Promise<true> {
    const { transactionalId } = entry.state;
    try {
      if (await write()) return true;
      throw new SqlError('conflict', { attempted, detail: 'its row is another than the one that is known' });
    } catch (error) {
      entry.isInDoubt = true;
      this.#entries.set(transactionalId, entry);
      this.#options.log.warn('transactional id in doubt', { transactionalId, error });
      this.#options.onDoubt(transactionalId);
      throw error;
    }
  }

  async #resolveDoubt(transactionalId: string): Promise<void> {
    const entry = this.#entries.get(transactionalId);
    if (entry?.isInDoubt !== true) return;
    const found = await this.#options.sql.write('reclaimTransaction', { id: transactionalId });
    this.#entries.delete(transactionalId);
    if (found !== undefined) this.#take(found);
  }

  #take({ row, version, isIntact }: FoundTransaction): void {
    const state = isIntact ? stateOf(row) : undefined;
    if (state === undefined) {
      this.#damaged.add(row.id);
      this.#options.log.error('damaged transactional id', { transactionalId: row.id, isIntact });
      return;
    }
    this.#entries.set(row.id, { state, version, isLeavingOpen: false, isInDoubt: false });
    this.#options.onState(state);
  }
}
