// Messages on their way into the log of a queue. What calls bring while a write is under way waits for its end and becomes
// one batch: a write of its own could not be synced before, and one batch costs little more than that of one call. What is
// much is several batches: who looks for one message reads the whole batch that it is in. On a slow disk a write waits a moment
// for callers who were just answered (returning-callers.ts).

import type { Clock, Timer } from '@cairn/world';
import { heldBackBytesMax, messageBatchBytesMax } from '../limits.ts';
import type { QueuePartition } from './queue-log.ts';
import { ReturningCallers } from './returning-callers.ts';
import { encodeMessages, type Message, type MessagesOfCall } from './stored-message.ts';

type Waiting = MessagesOfCall & {
  readonly bytes: number;
  readonly resolve: (offset: number) => void;
  readonly reject: (error: unknown) => void;
};

export type MessageWriterParts = {
  readonly partition: Pick<QueuePartition, 'append'>;
  readonly clock: Pick<Clock, 'monotonicMs' | 'setTimer'>;
};

export class MessageWriter {
  readonly #parts: MessageWriterParts;
  readonly #returning = new ReturningCallers();
  /** Ends the wait for callers who return. */
  #timer: Timer | undefined;
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #writesUnderWay = 0;

  constructor(parts: MessageWriterParts) {
    this.#parts = parts;
  }

  /** Gives the offset of the first once all are durable: all of a call or none. In the order of calls. */
  append({ messages, appendedMs }: MessagesOfCall): Promise<number> {
    let bytes = 0;
    for (const message of messages) bytes += bytesAtLeast(message);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ messages, appendedMs, bytes, resolve, reject });
      this.#waitingBytes += bytes;
      // From there on the partition, too, writes beside a sync.
      if (this.#waitingBytes >= heldBackBytesMax) this.#writeAll();
      else if (this.#writesUnderWay === 0) this.#writeOrWait();
    });
  }

  /** Somebody waits, and nothing is being written. */
  #writeOrWait(): void {
    const { clock } = this.#parts;
    const patienceMs = this.#returning.patienceMs(this.#waiting.length, clock.monotonicMs());
    if (patienceMs === undefined) this.#writeAll();
    else this.#timer ??= clock.setTimer(patienceMs, () => this.#writeAll());
  }

  #writeAll(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#returning.began(this.#waiting.length);
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#waitingBytes = 0;
    let [batch, bytes]: [Waiting[], number] = [[], 0];
    for (const call of waiting) {
      if (bytes > 0 && bytes + call.bytes > messageBatchBytesMax) {
        void this.#write(batch);
        [batch, bytes] = [[], 0];
      }
      batch.push(call);
      bytes += call.bytes;
    }
    void this.#write(batch);
  }

  async #write(calls: readonly Waiting[]): Promise<void> {
    const { partition, clock } = this.#parts;
    const beganMs = clock.monotonicMs();
    this.#writesUnderWay++;
    try {
      const records = encodeMessages(calls);
      let { baseOffset: offset } = await partition.append({ records, isOwn: true });
      for (const { messages, resolve } of calls) {
        resolve(offset);
        offset += messages.length;
      }
    } catch (error) {
      for (const { reject } of calls) reject(error);
    }
    this.#writesUnderWay--;
    if (this.#writesUnderWay > 0) return;
    const nowMs = clock.monotonicMs();
    const present = this.#waiting.length;
    this.#returning.ended({ nowMs, tookMs: nowMs - beganMs, answered: calls.length, present });
    if (present > 0) this.#writeOrWait();
  }
}

/** Of its record, which has no less. */
function bytesAtLeast({ body, attributes }: Message): number {
  let bytes = body.length;
  for (const name in attributes) bytes += attributes[name]!.value.length;
  return bytes;
}
