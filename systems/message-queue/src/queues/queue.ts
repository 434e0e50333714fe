// One queue, open: what clients do with its messages.
//
//   call                  durable before the answer
//   send                  the messages, in the log
//   receive               nothing: a message that was received and not deleted is there after a crash
//   delete                which offsets are gone, in the sql engine; a purge likewise
//   change visibility     nothing: times in flight are in memory

import type { Clock } from '@cairn/world';
import { inFlightMax, queueEntriesMax } from '../limits.ts';
import type { Sent } from './deduplication.ts';
import type { QueueSettings } from './queue-attributes.ts';
import { QueueError } from './queue-error.ts';
import { QueueFeed } from './queue-feed.ts';
import { QueueJournal, type QueueRows } from './queue-journal.ts';
import { QueueLog, type QueuePartition } from './queue-log.ts';
import { type NewMessage, QueueSender, type SendOptions } from './queue-sender.ts';
import { type Entry, type QueueChange, QueueState, type ReceiveCount } from './queue-state.ts';
import type { ReceiptHandles } from './receipt-handle.ts';
import { ReceiveAttempts } from './receive-attempts.ts';
import type { ReceiveNumbers } from './receive-numbers.ts';
import type { StoredMessage } from './stored-message.ts';

export type QueueParts = {
  readonly id: string;
  readonly clock: Clock;
  readonly partition: QueuePartition;
  readonly handles: ReceiptHandles;
  readonly receiveNumbers: ReceiveNumbers;
  readonly settings: QueueSettings;
  readonly known: {
    readonly gone: readonly { readonly first: number; readonly last: number }[];
    readonly received: readonly ReceiveCount[];
  };
  readonly write: (rows: QueueRows) => Promise<void>;
  /** Puts messages that were received too often where they belong; false when there is no such place. */
  readonly bury: (messages: readonly StoredMessage[]) => Promise<boolean>;
  readonly onFailed: (error: unknown) => void;
  /** Messages, the last one too, that cannot be read any more and are passed over. */
  readonly onPassedOver: (range: { readonly first: number; readonly last: number }) => void;
  readonly inFlightMax?: number;
};

export type ReceiveRequest = {
  readonly max: number;
  readonly visibilityMs?: number | undefined;
  readonly waitMs?: number | undefined;
  readonly attemptId?: string | undefined;
  readonly signal?: AbortSignal | undefined;
};

export type ReceivedMessage = {
  readonly message: StoredMessage;
  readonly handle: string;
  readonly receiveCount: number;
  readonly firstReceivedMs: number;
};

type Found = { readonly entry: Entry; readonly message: StoredMessage };

export class Queue {
  readonly #parts: QueueParts;
  readonly #log: QueueLog;
  readonly #state: QueueState;
  readonly #journal: QueueJournal;
  readonly #feed: QueueFeed;
  readonly #sender: QueueSender;
  readonly #attempts = new ReceiveAttempts();
  /** Deleted, and not known to be so durably. */
  #unreleased: Entry[] = [];
  #settings: QueueSettings;
  /** Lower ones were given before it was opened. */
  readonly #firstReceiveNumber: number;
  readonly #stopListening: () => void;

  private constructor(parts: QueueParts) {
    const { partition, known, settings, clock, receiveNumbers, onFailed, onPassedOver } = parts;
    this.#parts = parts;
    this.#firstReceiveNumber = receiveNumbers.upcoming;
    this.#settings = settings;
    this.#log = new QueueLog(partition, clock);
    this.#state = new QueueState({
      isFifo: settings.isFifo,
      startOffset: partition.startOffset,
      gone: known.gone,
      receiveCounts: known.received,
      inFlightMax: parts.inFlightMax ?? inFlightMax,
      entriesMax: queueEntriesMax,
    });
    this.#sender = new QueueSender({ clock, log: this.#log, partition, settings: () => this.#settings });
    this.#journal = new QueueJournal(parts.write);
    this.#feed = new QueueFeed({
      ...{ clock, log: this.#log, state: this.#state, journal: this.#journal },
      ...{ onFailed, onPassedOver },
      isFifo: settings.isFifo,
      nextReceiveNumber: () => receiveNumbers.next(),
    });
    this.#stopListening = partition.onAdvance(() => this.#feed.serve());
  }

  static async open(parts: QueueParts): Promise<Queue> {
    const queue = new Queue(parts);
    await queue.#sender.recover();
    return queue;
  }

  configure(settings: QueueSettings): void {
    this.#settings = settings;
  }

  /** In order, all or none of those that were not sent before; durable when it resolves. */
  send(messages: readonly NewMessage[], options: SendOptions = {}): Promise<readonly Sent[]> {
    return this.#sender.send(messages, options);
  }

  /** Waits until there is something, or its time is over. Throws QueueError OverLimit. */
  async receive(request: ReceiveRequest): Promise<readonly ReceivedMessage[]> {
    const { max, attemptId, signal } = request;
    const visibilityMs = request.visibilityMs ?? this.#settings.visibilityMs;
    if (this.#state.hasInFlightMax && !this.#settings.isFifo) this.#throwWhileOverLimit();
    const again = attemptId === undefined ? undefined : this.#attempt(attemptId, visibilityMs);
    if (again !== undefined) return this.#received(await this.#found(again));
    const deadlineMs = this.#feed.now().monotonicMs + (request.waitMs ?? this.#settings.waitMs);
    for (;;) {
      const entries = await this.#feed.take({ max, visibilityMs, deadlineMs, signal });
      if (entries.length === 0) return [];
      const live = await this.#live(await this.#found(entries));
      if (live.length === 0) continue;
      if (attemptId !== undefined) this.#noteAttempt(attemptId, live);
      return this.#received(live);
    }
  }

  /** Durable when it resolves. Throws QueueError ReceiptHandleIsInvalid, InvalidParameterValue. */
  async delete(handle: string): Promise<void> {
    const { id, handles } = this.#parts;
    const { entry, standing } = await this.#entryOf(handles.open(handle, id));
    // Else it would be in flight for as long as nobody looks.
    this.#state.advance(this.#feed.now());
    if (entry === undefined || (standing === 'superseded' && !this.#settings.isFifo)) {
      // Of one that is gone the deletion may be on its way.
      await this.#record([]);
      return;
    }
    const isExpired = entry.receiveNumber > 0 && entry.state !== 'in flight';
    if (this.#settings.isFifo && (standing === 'superseded' || isExpired)) {
      const reason = 'The receipt handle has expired.';
      throw new QueueError(
        'InvalidParameterValue',
        `Value ${handle} for parameter ReceiptHandle is invalid. Reason: ${reason}`,
      );
    }
    await this.#remove(entry);
  }

  /** Zero makes it receivable at once. Throws QueueError MessageNotInflight, ReceiptHandleIsInvalid. */
  async changeVisibility(handle: string, visibilityMs: number): Promise<void> {
    const { id, handles } = this.#parts;
    this.#state.advance(this.#feed.now());
    const { entry, standing } = await this.#entryOf(handles.open(handle, id));
    if (entry === undefined || standing !== 'current' || entry.state !== 'in flight')
      throw new QueueError('MessageNotInflight', 'The specified message is not in flight.');
    if (visibilityMs > 0) this.#state.setVisibility(entry, this.#feed.now().monotonicMs + visibilityMs);
    else this.#state.return(entry);
    this.#feed.rearm();
  }

  /** All that was sent before, whatever its state. */
  async purge(): Promise<void> {
    await this.#record(this.#state.deleteBefore(this.#log.endOffset));
  }

  counts(): { waiting: number; inFlight: number; delayed: number } {
    this.#state.advance(this.#feed.now());
    return this.#state.counts(this.#log.endOffset);
  }

  /** Removes what is too old, and gives the space of what is gone back. To be called every few seconds. */
  async upkeep(): Promise<void> {
    const { partition, clock } = this.#parts;
    const kept = await partition.keptFromTime(clock.nowMs() - this.#settings.retentionMs);
    // Without one all that is there is too old, but for what is being appended now.
    const isIdle =
      kept === undefined && this.#sender.lastAppendedMs < clock.nowMs() - this.#settings.retentionMs;
    const offset = kept ?? (isIdle ? partition.highWatermark : 0);
    await this.#record(this.#state.deleteBefore(offset));
    await this.#reclaim();
    await partition.upkeep();
  }

  async close(): Promise<void> {
    this.#stopListening();
    this.#feed.close();
    await this.#journal.close();
    await this.#parts.partition.close();
  }

  /** Those that are there still, with their messages. What cannot be read now goes back. */
  async #found(entries: readonly Entry[]): Promise<readonly Found[]> {
    const found: Found[] = [];
    try {
      for (const entry of entries) {
        const message = await this.#log.find(entry.offset);
        if (message === 'damaged') this.#passOver(entry);
        else if (message !== undefined && entry.state !== 'gone') found.push({ entry, message });
      }
      return found;
    } catch (error) {
      for (const entry of entries) if (entry.state === 'in flight') this.#state.return(entry);
      throw error;
    }
  }

  #passOver(entry: Entry): void {
    const { offset } = entry;
    this.#parts.onPassedOver({ first: offset, last: offset });
    this.#state.passOver(entry);
    this.#feed.serve();
  }

  /** Those that may be given: not those that are too old, nor those that were received too often. */
  async #live(found: readonly Found[]): Promise<readonly Found[]> {
    const { retentionMs, redrive } = this.#settings;
    const wallMs = this.#parts.clock.nowMs();
    const live: Found[] = [];
    for (const one of found) {
      const { entry, message } = one;
      if (message.sentMs + retentionMs <= wallMs) await this.#remove(entry);
      else if (redrive === undefined || entry.receiveCount <= redrive.maxReceiveCount) live.push(one);
      else if (await this.#parts.bury([message])) await this.#remove(entry);
      else live.push(one);
    }
    return live;
  }

  #received(found: readonly Found[]): readonly ReceivedMessage[] {
    const { id: queueId, handles } = this.#parts;
    return found.map(({ entry: { offset, receiveNumber, receiveCount, firstReceivedMs }, message }) => ({
      ...{ message, receiveCount, firstReceivedMs },
      handle: handles.seal({ queueId, offset, receiveNumber }),
    }));
  }

  async #remove(entry: Entry): Promise<void> {
    // Another call was faster.
    if (entry.state === 'gone') return this.#record([]);
    this.#unreleased.push(entry);
    await this.#record(this.#state.delete(entry));
  }

  /** Lets go of the groups of what is deleted once that is durable: what was not written is written with what comes next. */
  async #record(changes: readonly QueueChange[]): Promise<void> {
    const waiting = this.#unreleased;
    this.#unreleased = [];
    try {
      await this.#journal.record(changes);
    } catch (error) {
      this.#unreleased.push(...waiting);
      throw error;
    }
    for (const entry of waiting) this.#state.release(entry);
    this.#feed.serve();
  }

  async #entryOf(receipt: {
    offset: number;
    receiveNumber: number;
  }): Promise<{ entry: Entry | undefined; standing: 'current' | 'superseded' | 'gone' }> {
    await this.#feed.takeUpThrough(receipt.offset);
    const standing = this.#state.standing(receipt, this.#firstReceiveNumber);
    return { entry: this.#state.entry(receipt.offset), standing };
  }

  #throwWhileOverLimit(): void {
    this.#state.advance(this.#feed.now());
    if (this.#state.hasInFlightMax)
      throw new QueueError('OverLimit', 'Too many messages in flight: some have to be deleted first.');
  }

  /** The messages that the same attempt got, in flight anew; undefined when one of them is not its any more. */
  #attempt(attemptId: string, visibilityMs: number): readonly Entry[] | undefined {
    const now = this.#feed.now();
    this.#state.advance(now);
    const receipts = this.#attempts.find(attemptId, now.monotonicMs);
    const entries = receipts?.map(({ offset, receiveNumber }) => {
      const entry = this.#state.entry(offset);
      return entry?.receiveNumber === receiveNumber && entry.state === 'in flight' ? entry : undefined;
    });
    if (entries === undefined || entries.includes(undefined)) return undefined;
    const again = entries.filter((entry) => entry !== undefined);
    for (const entry of again) this.#state.setVisibility(entry, now.monotonicMs + visibilityMs);
    return again;
  }

  #noteAttempt(attemptId: string, found: readonly Found[]): void {
    const receipts = found.map(({ entry: { offset, receiveNumber } }) => ({ offset, receiveNumber }));
    this.#attempts.note(attemptId, receipts, this.#feed.now().monotonicMs);
  }

  async #reclaim(): Promise<void> {
    const { partition } = this.#parts;
    const end = this.#state.goneFromHead;
    const offset = this.#settings.isFifo ? Math.min(end, await this.#sender.windowStart()) : end;
    if (offset <= this.#state.head) return;
    await partition.deleteRecordsBefore(offset);
    await this.#journal.record(this.#state.reclaim(offset));
  }
}
