// The messages of a queue in its partition. What was read to be taken up is kept, within a bound, until it is received.

import { decodeBatchHeader } from '../batch/batch-header.ts';
import { type BatchRecord, decodeRecords } from '../batch/records.ts';
import { batchHeaderBytes, readAheadBytesMax, takenUpBytes } from '../limits.ts';
import type { Partition } from '../partition/partition.ts';
import { MessageWriter, type MessageWriterParts } from './message-writer.ts';
import { bytesOf, decodeMessage, type Message, type StoredMessage } from './stored-message.ts';

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
  readonly #writer: MessageWriter;
  /** The oldest first. */
  readonly #ahead = new Map<number, StoredMessage>();
  #aheadBytes = 0;

  constructor(partition: QueuePartition, clock: MessageWriterParts['clock']) {
    this.#partition = partition;
    this.#writer = new MessageWriter({ partition, clock });
  }

  get endOffset(): number {
    return this.#partition.highWatermark;
  }

  /** Gives the offset of the first, once all are durable. */
  append(messages: readonly Message[], appendedMs: number): Promise<number> {
    return this.#writer.append({ messages, appendedMs });
  }

  /** The next messages from an offset on. */
  async readAhead(offset: number): Promise<readonly StoredMessage[]> {
    const records = await this.#read(offset, takenUpBytes);
    const messages = records.filter((record) => record.offset >= offset).map(decodeMessage);
    for (const message of messages) this.#keep(message);
    return messages;
  }

  async find(offset: number): Promise<StoredMessage | undefined> {
    const kept = this.#ahead.get(offset);
    if (kept !== undefined) {
      this.#drop(kept);
      return kept;
    }
    const records = await this.#read(offset, 1);
    const found = records.find((record) => record.offset === offset);
    return found && decodeMessage(found);
  }

  /** Of whole batches. */
  async #read(offset: number, bytesMax: number): Promise<readonly BatchRecord[]> {
    const place = { offset: Math.max(offset, this.#partition.startOffset), bytesMax, atLeastOne: true };
    const { records } = await this.#partition.read({ ...place, committed: false });
    return records.flatMap((batch) => {
      const header = decodeBatchHeader(batch);
      return [...decodeRecords(header, batch.subarray(batchHeaderBytes))];
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
