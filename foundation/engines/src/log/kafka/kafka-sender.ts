// `produce` to a cluster. Calls that come while one is being sent leave together after it, one send at a time: so the order of
// calls is that of their records, whatever has to be repeated. What is large goes alone, so that it fails alone.

import type { World } from '@cairn/world';
import { type MessageToProduce, ProduceAcks, Producer } from '@platformatic/kafka';
import type { ProducedRecord } from '../log.ts';
import type { EngineProduce, EngineRecord } from '../log-engine.ts';
import { LogError } from '../log-error.ts';
import { partitionOfKey } from '../partitioner.ts';
import { clientOptions } from './client-options.ts';
import { kafkaError } from './kafka-error.ts';
import type { KafkaPlace } from './kafka-place.ts';

type Call = {
  readonly topic: string;
  readonly records: readonly EngineRecord[];
  readonly partitions: readonly number[];
  readonly bytes: number;
  readonly resolve: (places: readonly ProducedRecord[]) => void;
  readonly reject: (error: unknown) => void;
};

/** Of calls that leave together: brokers take 1 MiB unless they are told otherwise. */
const togetherBytesMax = 256 * 1_024;

export class KafkaSender {
  readonly #producer: Producer;
  readonly #random: World['random'];
  #waiting: Call[] = [];
  #sending: Promise<void> | undefined;

  constructor(place: KafkaPlace, random: World['random']) {
    const { idempotent } = place;
    this.#producer = new Producer({ ...clientOptions(place), idempotent, acks: ProduceAcks.ALL });
    this.#random = random;
  }

  async produce({ topic, records }: EngineProduce): Promise<readonly ProducedRecord[]> {
    const attempted = `produce to '${topic}'`;
    try {
      const partitions = await this.#partitionsOf({ topic, records }, attempted);
      const { promise, resolve, reject } = Promise.withResolvers<readonly ProducedRecord[]>();
      const bytes = records.reduce((sum, record) => sum + bytesOf(record), 0);
      this.#waiting.push({ topic, records, partitions, bytes, resolve, reject });
      this.#sending ??= this.#sendAll();
      return await promise;
    } catch (error) {
      throw kafkaError(error, attempted);
    }
  }

  /** What was not sent is refused. */
  async close(): Promise<void> {
    for (const { reject, topic } of this.#waiting.splice(0))
      reject(new LogError('closed', { attempted: `produce to '${topic}'` }));
    await this.#sending;
    await this.#producer.close();
  }

  async #partitionsOf({ topic, records }: EngineProduce, attempted: string): Promise<readonly number[]> {
    const metadata = await this.#producer.metadata({ topics: [topic], autocreateTopics: true });
    const count = metadata.topics.get(topic)?.partitionsCount ?? 0;
    if (count === 0) throw new LogError('unknown-topic', { attempted });
    const chosen = this.#random.integer(count);
    return records.map(({ partition, key }) => {
      if (partition !== undefined && partition >= count)
        throw new LogError('unknown-partition', { attempted, detail: `${partition} of ${count}` });
      return partition ?? (key === null ? chosen : partitionOfKey(key, count));
    });
  }

  async #sendAll(): Promise<void> {
    // Others of this turn leave with it.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const calls = this.#takeTogether();
      try {
        await this.#send(calls);
      } catch (error) {
        for (const { reject } of calls) reject(error);
      }
    }
    this.#sending = undefined;
  }

  #takeTogether(): readonly Call[] {
    let bytes = 0;
    const end = this.#waiting.findIndex((call, index) => {
      bytes += call.bytes;
      return index > 0 && bytes > togetherBytesMax;
    });
    return this.#waiting.splice(0, end === -1 ? this.#waiting.length : end);
  }

  async #send(calls: readonly Call[]): Promise<void> {
    const messages = calls.flatMap((call) =>
      call.records.map((record, index) => messageOf(record, call, index)),
    );
    const { offsets = [] } = await this.#producer.send({ messages });
    const next = new Map(offsets.map((each) => [`${each.topic}/${each.partition}`, Number(each.offset)]));
    for (const { topic, partitions, resolve } of calls)
      resolve(
        partitions.map((partition) => {
          const key = `${topic}/${partition}`;
          const offset = next.get(key)!;
          next.set(key, offset + 1);
          return { partition, offset };
        }),
      );
  }
}

function messageOf(
  { key, value, headers, timestampMs }: EngineRecord,
  call: Call,
  index: number,
): MessageToProduce {
  return {
    ...{ topic: call.topic, partition: call.partitions[index]! },
    // Null is what the client's types do not say, and what it writes.
    ...{ key: bufferOf(key) as Buffer, value: bufferOf(value) as Buffer },
    headers: new Map(headers.map((header) => [Buffer.from(header.key), bufferOf(header.value) as Buffer])),
    ...(timestampMs !== undefined && { timestamp: BigInt(timestampMs) }),
  };
}

function bufferOf(bytes: Uint8Array | null): Buffer | null {
  if (bytes === null || Buffer.isBuffer(bytes)) return bytes;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

function bytesOf({ key, value, headers }: EngineRecord): number {
  let bytes = 64 + (key?.length ?? 0) + (value?.length ?? 0);
  for (const header of headers) bytes += header.key.length * 3 + (header.value?.length ?? 0) + 10;
  return bytes;
}
