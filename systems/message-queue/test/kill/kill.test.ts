// kill -9 while producers append: what was acknowledged is there, at its offset and once, and offsets have no gaps.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { openMessageQueue } from '@cairn/message-queue';
import { temporaryDirectory } from '@cairn/testing';
import { readAll } from '../partition/partition-fixture.ts';
import { partitionCount, textOf, topicName } from './killed-topic.ts';

const rounds = 4;
const appender = fileURLToPath(new URL('./appender.ts', import.meta.url));

type Acknowledged = { readonly partition: number; readonly offset: number; readonly text: string };

/** Appends until so many batches were acknowledged, and kills. */
async function appendAndKill(directory: string, { round, batches }: { round: number; batches: number }) {
  const child = spawn(process.execPath, [appender, directory, String(round)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const acknowledged: Acknowledged[] = [];
  const exited = once(child, 'exit');
  for await (const line of createInterface({ input: child.stdout })) {
    const [, partition, offset, producer, sequence] = /^acked (\d+) (\d+) (\d+) (\d+)$/.exec(line)!;
    const text = textOf(Number(producer), Number(sequence));
    acknowledged.push({ partition: Number(partition), offset: Number(offset), text });
    if (acknowledged.length >= batches) child.kill('SIGKILL');
  }
  await exited;
  return acknowledged;
}

async function contents(directory: string): Promise<readonly ReadonlyMap<number, string>[]> {
  const queue = await openMessageQueue({ directory });
  try {
    const topic = queue.topics.find(topicName)!;
    const found: Map<number, string>[] = [];
    for (let index = 0; index < partitionCount; index++) {
      const partition = await queue.topics.partition(topic, index);
      const records = await readAll(partition);
      assert.equal(records.length, partition.endOffset, 'offsets have no gaps');
      found.push(new Map(records.map(({ offset, text }) => [offset, text])));
    }
    return found;
  } finally {
    await queue.close();
  }
}

test('what was acknowledged outlives kill -9, at its offset, and nothing is there twice', async (t) => {
  const directory = await temporaryDirectory(t);
  const acknowledged: Acknowledged[] = [];
  for (let round = 0; round < rounds; round++) {
    acknowledged.push(...(await appendAndKill(directory, { round, batches: 150 + 130 * round })));
    const found = await contents(directory);
    for (const { partition, offset, text } of acknowledged)
      assert.equal(
        found[partition]!.get(offset),
        text,
        `round ${round}: partition ${partition}, offset ${offset}`,
      );
    const texts = found.flatMap((partition) => [...partition.values()]);
    assert.equal(new Set(texts).size, texts.length, `round ${round}: a record is there twice`);
  }
  assert.ok(acknowledged.length >= rounds * 150);
});
