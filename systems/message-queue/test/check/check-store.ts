// A check of the whole store of a broker that is open.

import assert from 'node:assert/strict';
import { realWorld } from '@cairn/world';
import { type CheckParts, checkMessageQueue } from '../../src/check/check-message-queue.ts';
import type { CheckStep, Finding } from '../../src/check/finding.ts';
import type { MessageQueue } from '../../src/index.ts';

export async function checked(queue: MessageQueue, directory: string, { deep = false } = {}) {
  const { sql, topics, queues, appends, blobs, partitionsDirectory } = queue;
  const parts: CheckParts = {
    ...{ world: realWorld(), sql, blobs, defaults: {} },
    delayedRows: () => appends.delayedRows(),
    directories: { partitions: partitionsDirectory, queues: `${directory}/queues` },
    isTopicOpen: (name, partition) => topics.isOpen(topics.find(name)!, partition),
    isQueueOpen: (name) => {
      const known = queues.known(name);
      return known !== undefined && queues.isOpen(known);
    },
  };
  const findings: Finding[] = [];
  let last: CheckStep | undefined;
  for await (const step of checkMessageQueue(parts, { deep })) {
    last = step;
    if (step.kind === 'finding') findings.push(step.finding);
  }
  assert(last?.kind === 'summary');
  return { findings, summary: last };
}
