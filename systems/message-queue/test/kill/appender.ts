// The process that is killed: idempotent producers that append to all partitions at once, and say what was acknowledged.
//
//   node appender.ts DIRECTORY ROUND

import { openMessageQueue } from '@cairn/message-queue';
import { batchOf } from '../partition/partition-fixture.ts';
import { partitionCount, producersPerRound, textOf, topicName } from './killed-topic.ts';

const [directory, round] = process.argv.slice(2) as [string, string];
const queue = await openMessageQueue({ directory });
const topic =
  queue.topics.find(topicName) ?? (await queue.topics.create({ name: topicName, partitionCount }));

async function produce(producerId: number, partitionIndex: number): Promise<never> {
  const partition = await queue.topics.partition(topic, partitionIndex);
  for (let sequence = 0; ; sequence++) {
    const texts = [textOf(producerId, sequence)];
    const records = batchOf(texts, { producerId, producerEpoch: 0, baseSequence: sequence });
    const { baseOffset } = await partition.append({ records });
    process.stdout.write(`acked ${partitionIndex} ${baseOffset} ${producerId} ${sequence}\n`);
  }
}

const producers = Array.from({ length: producersPerRound }, (_, index) =>
  produce(Number(round) * producersPerRound + index, index % partitionCount),
);
await Promise.all(producers);
