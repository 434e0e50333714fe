// What happens to transactions without a request: ends that were decided are carried out, also those that a crash left;
// open ones that are due are aborted; rows in doubt are claimed; ids that nobody used for long are forgotten.

import type { Telemetry } from '@cairn/telemetry';
import type { Timer, World } from '@cairn/world';
import { endAnswerMsMax, transactionalIdExpirationMs, transactionalIdSweepMs } from '../../limits.ts';
import type { MetadataSql } from '../../metadata/store.ts';
import { RunningClock } from '../../running-clock.ts';
import { become, keep, refuse } from '../machine/decision.ts';
import { isPrepared, type TransactionState } from '../machine/transaction-state.ts';
import { complete, timeOut } from '../machine/transitions.ts';
import { Deadlines } from './deadlines.ts';
import type { ProducerIds } from './producer-ids.ts';
import { Retrying } from './retrying.ts';
import { carryOut, type EndingOptions } from './transaction-ending.ts';
import { TransactionTable } from './transaction-table.ts';

export type LifecycleOptions = EndingOptions & {
  readonly sql: Pick<MetadataSql, 'read' | 'write'>;
  readonly world: Pick<World, 'clock'>;
  readonly producerIds: ProducerIds;
  readonly transactionalIdsMax: number;
  readonly log: Telemetry['log'];
};

export class Lifecycle {
  readonly table: TransactionTable;
  readonly #options: LifecycleOptions;
  readonly #retrying: Retrying;
  readonly #deadlines: Deadlines;
  /** Offsets that are being kept for an open transaction: it ends when they are there. */
  readonly #commits = new Map<string, Set<Promise<unknown>>>();
  #sweep: Timer | undefined;

  constructor(options: LifecycleOptions) {
    const { sql, world, producerIds, transactionalIdsMax, log } = options;
    this.#options = options;
    this.#retrying = new Retrying({ clock: world.clock, log });
    // What a producer sent in time may lie unread in its socket while the process stands still.
    const running = new RunningClock(world.clock);
    this.#deadlines = new Deadlines(running, (id, isSame) => void this.#timeOut(id, isSame));
    this.table = new TransactionTable({
      ...{ sql, producerIds, transactionalIdsMax, log },
      onState: (state) => this.#follow(state),
      onDoubt: (id) => void this.#retrying.begin(`doubt ${id}`, () => this.table.settle(id)),
    });
  }

  async start(): Promise<void> {
    await this.table.load();
    this.#sweepLater();
  }

  /** The end of the open transaction waits for it. */
  hold(transactionalId: string, commit: Promise<unknown>): void {
    const commits = this.#commits.getOrInsertComputed(transactionalId, () => new Set());
    commits.add(commit);
    const release = () => {
      commits.delete(commit);
      if (commits.size === 0) this.#commits.delete(transactionalId);
    };
    commit.then(release, release);
  }

  /** Resolves when the end that was decided is carried out, or after a while. */
  async ended(transactionalId: string): Promise<void> {
    const waiting = new AbortController();
    const patience = this.#options.world.clock.sleep(endAnswerMsMax, waiting.signal).catch(() => {});
    await Promise.race([this.#retrying.done(`end ${transactionalId}`), patience]);
    waiting.abort();
  }

  async close(): Promise<void> {
    this.#deadlines.stop();
    this.#sweep?.cancel();
    await this.#retrying.stop();
    await this.table.settled();
  }

  #follow(state: TransactionState): void {
    const { transactionalId } = state;
    if (state.status === 'Ongoing') this.#deadlines.open(state);
    else this.#deadlines.close(transactionalId);
    if (isPrepared(state))
      void this.#retrying.begin(`end ${transactionalId}`, () => this.#end(transactionalId));
  }

  async #end(transactionalId: string): Promise<void> {
    const { world } = this.#options;
    await this.table.settle(transactionalId);
    for (;;) {
      const prepared = this.table.get(transactionalId);
      if (prepared === undefined || !isPrepared(prepared)) return;
      await Promise.allSettled(this.#commits.get(transactionalId) ?? []);
      await carryOut(prepared, this.#options);
      await this.table.change(transactionalId, (known) =>
        known === prepared ? become(complete(known, world.clock.nowMs())) : refuse('INVALID_TXN_STATE'),
      );
    }
  }

  async #timeOut(transactionalId: string, isSame: (state: TransactionState) => boolean): Promise<void> {
    const { world, log } = this.#options;
    try {
      const decided = await this.table.change(transactionalId, (known) => {
        if (known === undefined) return refuse('INVALID_PRODUCER_ID_MAPPING');
        return isSame(known) ? timeOut(known, world.clock.nowMs()) : keep(known);
      });
      if (decided.kind === 'become') log.info('transaction timed out', { transactionalId });
    } catch (error) {
      log.warn('transaction not timed out', { transactionalId, error });
    }
  }

  #sweepLater(): void {
    const { clock } = this.#options.world;
    this.#sweep = clock.setTimer(transactionalIdSweepMs, () => {
      void this.#retrying.begin('sweep', () => this.#forgetExpired());
      this.#sweepLater();
    });
  }

  /** One after the other: there is time. */
  async #forgetExpired(): Promise<void> {
    const beforeMs = this.#options.world.clock.nowMs() - transactionalIdExpirationMs;
    const isToGo = (state: TransactionState): boolean =>
      state.status !== 'Ongoing' && !isPrepared(state) && state.updatedMs < beforeMs;
    const expired = this.table.all().filter(isToGo);
    for (const { transactionalId } of expired) await this.table.remove(transactionalId, isToGo);
  }
}
