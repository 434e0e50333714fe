// The log port's conformance suite against the library's face.

import { after } from 'node:test';
import { logConformance, openLog, registerLog } from '@cairn/engines';
import { temporaryDirectory } from '@cairn/testing';
import { realWorld } from '@cairn/world';
import { localLogOpener, openMessageQueue } from '../../src/index.ts';

const queue = await openMessageQueue({
  directory: await temporaryDirectory({ after }),
  groups: { initialRebalanceDelayMs: 0 },
});
after(() => queue.close());
registerLog('local', localLogOpener(queue));
let topics = 0;

await logConformance({
  name: 'local',
  open: () => openLog({ url: 'local:', world: realWorld() }),
  topic: async (partitionCount) =>
    (await queue.topics.create({ name: `topic-${topics++}`, partitionCount })).name,
});
