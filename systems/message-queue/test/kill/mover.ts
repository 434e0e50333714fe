// The process that is killed while it moves segments to a blobs engine, which it reports; a producer goes on appending.
//
//   node mover.ts DIRECTORY BLOBS-FOLDER ROUND

import { openMessageQueue } from '@cairn/message-queue';
import { batchOf } from '../partition/partition-fixture.ts';
import { movedText, movedTopic } from './moved-topic.ts';

const [directory, folder, round] = process.argv.slice(2) as [string, string, string];
const queue = await openMessageQueue({ directory, blobsUrl: `file:${folder}` });
const topic = queue.topics.find(movedTopic.name) ?? (await queue.topics.create(movedTopic));
const partition = await queue.topics.partition(topic, 0);

async function produce(): Promise<never> {
  for (let sequence = 0; ; sequence++) {
    const records = batchOf([movedText(round, sequence)], { timestampMs: Date.now() });
    const { baseOffset } = await partition.append({ records });
    process.stdout.write(`acked ${baseOffset} ${round} ${sequence}\n`);
  }
}

async function move(): Promise<never> {
  const { signal } = new AbortController();
  for (;;) {
    const hasMoved = await partition.tiers!.step(signal);
    await partition.upkeep();
    if (hasMoved) process.stdout.write(`moved ${partition.tiers!.localStartOffset}\n`);
    else await new Promise((resolve) => setImmediate(resolve));
  }
}

await Promise.all([produce(), move()]);
