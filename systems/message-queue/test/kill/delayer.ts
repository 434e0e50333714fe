// The process that is killed: idempotent producers of delayed records, and of retries that become dead letters, who say what
// was acknowledged; meanwhile what is due is delivered.
//
//   node delayer.ts DIRECTORY ROUND

import { openMessageQueue } from '@cairn/message-queue';
import { batchOfRecords, produce } from '../delays/delay-fixture.ts';
import { delayedTopics } from './delayed-topics.ts';

const [directory, round] = process.argv.slice(2) as [string, string];
const queue = await openMessageQueue({ directory });

for (const [name, { texts }] of Object.entries(delayedTopics))
  if (queue.topics.find(name) === undefined) await queue.topics.create({ name, texts });

async function keepProducing(name: keyof typeof delayedTopics, producerId: number): Promise<never> {
  const { headers } = delayedTopics[name];
  const topic = queue.topics.find(name)!;
  for (let sequence = 0; ; sequence++) {
    const text = `${name} ${producerId} ${sequence}`;
    const known = { producerId, producerEpoch: 0, baseSequence: sequence };
    const records = [{ text, headers: headers(sequence), timestampMs: Date.now() }];
    await produce(queue, { topic }, batchOfRecords(records, known));
    process.stdout.write(`${text}\n`);
  }
}

const firstId = 1_000_000 * (1 + Number(round));
await Promise.all([
  keepProducing('delayed', firstId),
  keepProducing('delayed', firstId + 1),
  keepProducing('retry', firstId + 2),
]);
