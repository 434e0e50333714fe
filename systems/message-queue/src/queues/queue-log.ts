// The messages of a queue in its partition. What was read to be taken up is kept, within a bound, until it is received.

import { decodeBatchHeader } from '../batch/batch-header.ts';
import { decodeRecords } from '../batch/records.ts';
import { batchHeaderBytes, readAheadBytesMax, takenUpBytes } from '../limits.ts';
import type { Partition } from '../partition/partition.ts';
import {
  bytesOf,
  decodeMessage,
  encodeMessages,
  type Message,
  type StoredMessage,
} from './stored-message.ts';

export type QueuePartition = Pick<
  Partition,
  | 'startOffset'
  | 'highWatermark'
  | 'append'
  | 'read'
  | 'offsetOfTime'
  | 'maxTimestamp'
  | 'deleteRecordsBefore'
  | 'onAdvance'
  | 'close'
> & { upkeep(): Promise<void> };

export class QueueLog {
  readonly #partition: QueuePartition;
  /** The oldest first. */
  readonly #ahead = new Map<number, StoredMessage>();
  #aheadBytes = 0;

  constructor(partition: QueuePartition) {
    this.#partition = partition;
  }

  get endOffset(): number {
    return this.#partition.highWatermark;
  }

  /** Gives the offset of the first, once all are durable. */
  async append(messages: readonly Message[], appendedMs: number): Promise<number> {
    const { baseOffset } = await this.#partition.append({ records: encodeMessages(messages, appendedMs) });
    return baseOffset;
  }

  /** The next messages from an offset on. */
  async readAhead(offset: number): Promise<readonly StoredMessage[]> {
    const messages = await this.#read(offset, takenUpBytes);
    for (const message of messages) this.#keep(message);
    return messages;
  }

  async find(offset: number): Promise<StoredMessage | undefined> {
    const kept = this.#ahead.get(offset);
    if (kept !== undefined) {
      this.#drop(kept);
      return kept;
    }
    const messages = await this.#read(offset, 1);
    return messages.find((message) => message.offset === offset);
  }

  async #read(offset: number, bytesMax: number): Promise<readonly StoredMessage[]> {
    const place = { offset: Math.max(offset, this.#partition.startOffset), bytesMax, atLeastOne: true };
    const { records } = await this.#partition.read({ ...place, committed: false });
    return records.flatMap((batch) => {
      const header = decodeBatchHeader(batch);
      return [...decodeRecords(header, batch.subarray(batchHeaderBytes))]
        .filter((record) => record.offset >= offset)
        .map(decodeMessage);
    });
  }

  #keep(message: StoredMessage): void {
    if (this.#ahead.has(message.offset)) return;
    this.#ahead.set(message.offset, message);
    this.#aheadBytes += bytesOf(message);
    while (this.#aheadBytes > readAheadBytesMax) this.#drop(this.#ahead.values().next().value!);
  }

  #drop(message: StoredMessage): void {
    this.#ahead.delete(message.offset);
    this.#aheadBytes -= bytesOf(message);
  }
}
