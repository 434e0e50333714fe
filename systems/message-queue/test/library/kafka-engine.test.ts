// The log port's engine `kafka:` against this broker, from the outside: the conformance suite.

import { after } from 'node:test';
import { logConformance, openLog } from '@cairn/engines';
import { temporaryDirectory } from '@cairn/testing';
import { realWorld } from '@cairn/world';
import { openMessageQueue } from '../../src/index.ts';
import { kafkaOn } from '../kafka/kafka-on.ts';

const queue = await openMessageQueue({
  directory: await temporaryDirectory({ after }),
  groups: { initialRebalanceDelayMs: 0 },
});
const server = await kafkaOn(queue);
after(async () => {
  await server.close(AbortSignal.abort());
  await queue.close();
});
let topics = 0;

await logConformance({
  name: 'kafka',
  open: () => openLog({ url: `kafka://127.0.0.1:${server.port}`, world: realWorld() }),
  topic: async (partitionCount) =>
    (await queue.topics.create({ name: `topic-${topics++}`, partitionCount })).name,
});
