// The messages of a queue in its partition. What was read to be taken up is kept, within a bound, until it is received.

import { decodeBatchHeader } from '../batch/batch-header.ts';
import { type BatchRecord, decodeRecords } from '../batch/records.ts';
import { batchHeaderBytes, readAheadBytesMax, takenUpBytes } from '../limits.ts';
import type { LogPartition } from '../partition/log-partition.ts';
import type { Partition } from '../partition/partition.ts';
import { isCorrupt } from '../partition/partition-reader.ts';
import { MessageWriter, type MessageWriterParts } from './message-writer.ts';
import { bytesOf, decodeMessage, type Message, type StoredMessage } from './stored-message.ts';

export type QueuePartition = Pick<
  Partition,
  'startOffset' | 'highWatermark' | 'append' | 'read' | 'deleteRecordsBefore' | 'onAdvance' | 'close'
> &
  Pick<LogPartition, 'upkeep' | 'largestTimestampMs' | 'soundFrom' | 'keptFromTime'>;

export type ReadAhead = {
  readonly messages: readonly StoredMessage[];
  /** Nothing below it, from where it was read, can be read: damage lies there, or what `repair` put over it. */
  readonly from: number;
};

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

  /** The next messages from an offset on, or from behind the damage that it lies in. Throws PartitionError. */
  async readAhead(offset: number): Promise<ReadAhead> {
    try {
      const { records, end } = await this.#read(offset, takenUpBytes);
      const messages = records.filter((record) => record.offset >= offset).map(decodeMessage);
      for (const message of messages) this.#keep(message);
      return { messages, from: messages[0]?.offset ?? end };
    } catch (error) {
      const from = isCorrupt(error) ? await this.#partition.soundFrom(offset) : offset;
      if (from <= offset) throw error;
      return { messages: [], from };
    }
  }

  /** Undefined when it is not there, `damaged` when it cannot be read any more. Throws PartitionError. */
  async find(offset: number): Promise<StoredMessage | 'damaged' | undefined> {
    const kept = this.#ahead.get(offset);
    if (kept !== undefined) {
      this.#drop(kept);
      return kept;
    }
    try {
      const { records } = await this.#read(offset, 1);
      const found = records.find((record) => record.offset === offset);
      return found && decodeMessage(found);
    } catch (error) {
      if (isCorrupt(error)) return 'damaged';
      throw error;
    }
  }

  /** Of whole batches, and where they end. */
  async #read(
    offset: number,
    bytesMax: number,
  ): Promise<{ readonly records: readonly BatchRecord[]; readonly end: number }> {
    const place = { offset: Math.max(offset, this.#partition.startOffset), bytesMax, atLeastOne: true };
    const { records: batches } = await this.#partition.read({ ...place, committed: false });
    let end = offset;
    const records = batches.flatMap((batch) => {
      const header = decodeBatchHeader(batch);
      end = header.baseOffset + header.lastOffsetDelta + 1;
      // What `repair` put over damage is no message.
      return header.isControl ? [] : [...decodeRecords(header, batch.subarray(batchHeaderBytes))];
    });
    return { records, end };
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
