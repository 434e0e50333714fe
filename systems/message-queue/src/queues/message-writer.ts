// Messages on their way into the log of a queue. What calls bring while a write is under way waits for its end and becomes
// one batch: a write of its own could not be synced before, and one batch costs little more than that of one call.

import { heldBackBytesMax } from '../limits.ts';
import type { QueuePartition } from './queue-log.ts';
import { bytesOf, encodeMessages, type MessagesOfCall } from './stored-message.ts';

type Waiting = MessagesOfCall & {
  readonly resolve: (offset: number) => void;
  readonly reject: (error: unknown) => void;
};

export class MessageWriter {
  readonly #partition: Pick<QueuePartition, 'append'>;
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #writesUnderWay = 0;

  constructor(partition: Pick<QueuePartition, 'append'>) {
    this.#partition = partition;
  }

  /** Gives the offset of the first once all are durable: all of a call or none. In the order of calls. */
  append(call: MessagesOfCall): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ ...call, resolve, reject });
      for (const message of call.messages) this.#waitingBytes += bytesOf(message);
      if (this.#writesUnderWay === 0 || this.#waitingBytes >= heldBackBytesMax) void this.#write();
    });
  }

  async #write(): Promise<void> {
    const calls = this.#waiting;
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#writesUnderWay++;
    try {
      let { baseOffset: offset } = await this.#partition.append({
        records: encodeMessages(calls),
        isOwn: true,
      });
      for (const { messages, resolve } of calls) {
        resolve(offset);
        offset += messages.length;
      }
    } catch (error) {
      for (const { reject } of calls) reject(error);
    }
    this.#writesUnderWay--;
    if (this.#writesUnderWay === 0 && this.#waiting.length > 0) void this.#write();
  }
}
