// One group as the coordinator runs it: its state machine, what of it is stored, and the answers that wait for that.
//
//   a request changes the machine --> its answers wait --> one transaction: the group's row and the offsets committed since
//                                                      --> answers leave, in their order
//
// While a transaction is under way whatever comes makes the next one, so a generation is never told before it is stored, and
// a commit of the generation before is stored no later than it. When the row cannot be written the machine is ahead of what
// would survive a crash: that is treated as a crash of this one group, which is read again.

import type { Log } from '@cairn/telemetry';
import type { KafkaErrorCode } from '../errors.ts';
import type { OffsetInput } from '../metadata/offsets.ts';
import type { MetadataSql } from '../metadata/store.ts';
import type { ClassicGroup } from './classic/classic-group.ts';
import type { ConsumerGroup } from './consumer/consumer-group.ts';
import type { Reply } from './group-context.ts';
import type { StoredGroup } from './stored-group.ts';

export type Group = ClassicGroup | ConsumerGroup;
export type PendingOffset = OffsetInput & { readonly producerId: number };

export type GroupHostOptions = {
  readonly id: string;
  readonly sql: MetadataSql;
  readonly log: Log;
  readonly group: Group;
  /** It has a row. */
  readonly isStored: boolean;
  /** Makes the machine of a row; of a group that never had one without. */
  readonly restore: (stored: StoredGroup | undefined) => Group;
  /** Called when members, or what they have, may be others; before anybody is told of it. */
  readonly changed: (host: GroupHost) => void;
  /** A group that goes on under the other protocol from now on; undefined where it does not. */
  readonly migrated: (group: Group) => Group | undefined;
  /** Called when nothing is being written any more. */
  readonly idle: (host: GroupHost) => void;
};

type Answer = { readonly give: () => void; readonly fail: () => void };

export class GroupHost {
  readonly id: string;
  readonly #options: GroupHostOptions;
  #group: Group;
  #isStored: boolean;
  /** What the next transaction is to write. */
  #isDirty = false;
  #offsets: OffsetInput[] = [];
  #pending: PendingOffset[] = [];
  #answers: Answer[] = [];
  #busy: Promise<void> | undefined;
  /** The machine is given up, and is to be read again. */
  #isLost = false;

  constructor(options: GroupHostOptions) {
    this.id = options.id;
    this.#options = options;
    this.#group = options.group;
    this.#isStored = options.isStored;
  }

  get group(): Group {
    return this.#group;
  }

  /** Nothing would be missed without it. */
  get isDisposable(): boolean {
    return (
      !this.#isStored && !this.#isDirty && this.#busy === undefined && this.#group.isUnused && !this.#isLost
    );
  }

  /** Under the other protocol from now on. Who waits has to join again. */
  replace(group: Group): void {
    this.#group.abandon('REBALANCE_IN_PROGRESS');
    this.#group = group;
    // One that is empty is written with its next member.
    if (!group.isUnused) this.#isDirty = true;
    this.#options.changed(this);
  }

  /**
   * `work` may call its reply at once, or the machine later; `failed` makes the answer when what it depends on could not be
   * stored.
   */
  ask<Response>(
    failed: (code: KafkaErrorCode) => Response,
    work: (group: Group, reply: Reply<Response>) => void,
  ): Promise<Response> {
    if (this.#isLost) {
      this.#advance();
      return Promise.resolve(failed('COORDINATOR_LOAD_IN_PROGRESS'));
    }
    return new Promise((resolve) => {
      const fail = () => resolve(failed('COORDINATOR_NOT_AVAILABLE'));
      work(this.#group, (response) => this.#answers.push({ give: () => resolve(response), fail }));
      this.#migrate();
      this.#advance();
    });
  }

  /** Within `ask`: written before its answer leaves. A group that has offsets has a row. */
  commit(offsets: readonly OffsetInput[]): void {
    this.#offsets.push(...offsets);
    if (!this.#isStored) this.#isDirty = true;
  }

  commitPending(offsets: readonly PendingOffset[]): void {
    this.#pending.push(...offsets);
    if (!this.#isStored) this.#isDirty = true;
  }

  tick(at: { nowMs: number; wallMs: number }) {
    if (!this.#isLost) {
      this.#group.tick(at);
      this.#migrate();
    }
    this.#advance();
  }

  /** Removes its row and its offsets; with `ifWithoutOffsets` only a group that has none. False: it has members. */
  delete({ ifWithoutOffsets }: { ifWithoutOffsets: boolean }): Promise<boolean> {
    return this.exclusively(async () => {
      if (!this.#group.isEmpty) return false;
      const { sql } = this.#options;
      // Should it fail and have happened all the same, the row is there again before anything is written for the group.
      this.#isDirty = true;
      const isDeleted = await sql.write('deleteGroup', { id: this.id, ifWithoutOffsets });
      this.#isDirty = false;
      if (!isDeleted) return true;
      this.#isStored = false;
      // Who came meanwhile is in a group that has no row.
      if (!this.#group.isUnused || this.#offsets.length + this.#pending.length > 0) this.#isDirty = true;
      return true;
    });
  }

  /**
   * Runs `work` when nothing is being written; what comes meanwhile is written afterwards. What it hangs on it has to look at
   * by itself: the group may have changed while it waited.
   */
  async exclusively<Result>(work: () => Promise<Result>): Promise<Result> {
    while (this.#busy !== undefined) await this.#busy;
    const running = work();
    this.#begin(running.then(noResult, noResult));
    return running;
  }

  /** Ends it: whoever waits gets an answer. Resolves when nothing is being written any more. */
  async close(): Promise<void> {
    this.#group.abandon('COORDINATOR_NOT_AVAILABLE');
    if (!this.#isLost) this.#advance();
    while (this.#busy !== undefined) await this.#busy;
  }

  #migrate(): void {
    const migrated = this.#options.migrated(this.#group);
    if (migrated !== undefined) this.replace(migrated);
  }

  #advance() {
    if (this.#busy !== undefined) return;
    if (this.#isLost) return this.#begin(this.#readAgain());
    if (this.#group.takeChange()) {
      this.#isDirty = true;
      this.#options.changed(this);
    }
    if (this.#isDirty || this.#offsets.length > 0 || this.#pending.length > 0)
      return this.#begin(this.#write());
    for (const { give } of this.#take()) give();
  }

  #begin(work: Promise<void>): void {
    this.#busy = work.then(() => {
      this.#busy = undefined;
      // What could not be read again waits for who asks next: it would fail again at once.
      if (!this.#isLost) this.#advance();
      if (this.#busy === undefined) this.#options.idle(this);
    });
  }

  #take(): Answer[] {
    const answers = this.#answers;
    this.#answers = [];
    return answers;
  }

  async #write(): Promise<void> {
    const isDirty = this.#isDirty;
    const state = isDirty ? JSON.stringify(this.#group.stored()) : undefined;
    const [offsets, pending, answers] = [this.#offsets, this.#pending, this.#take()];
    this.#isDirty = false;
    this.#offsets = [];
    this.#pending = [];
    try {
      await this.#options.sql.write('writeGroup', { id: this.id, state, offsets, pending });
      if (isDirty) this.#isStored = true;
      for (const { give } of answers) give();
    } catch (error) {
      this.#options.log.error('a group could not be stored', { group: this.id, error });
      for (const { fail } of answers) fail();
      if (!isDirty) return;
      this.#giveUp();
      await this.#readAgain();
    }
  }

  #giveUp(): void {
    this.#isLost = true;
    this.#group.abandon('COORDINATOR_NOT_AVAILABLE');
    for (const { fail } of this.#take()) fail();
    this.#offsets = [];
    this.#pending = [];
  }

  async #readAgain(): Promise<void> {
    const { sql, log, restore } = this.#options;
    try {
      const row = await sql.read('findGroup', { id: this.id });
      this.#isStored = row !== undefined;
      this.#group = restore(row?.state ? (JSON.parse(row.state) as StoredGroup) : undefined);
      this.#isLost = false;
      this.#options.changed(this);
    } catch (error) {
      log.error('a group could not be read', { group: this.id, error });
    }
  }
}

function noResult(): void {}
