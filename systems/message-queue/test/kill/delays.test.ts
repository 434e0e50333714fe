// kill -9 while records are delayed and delivered: each that was acknowledged comes, once, and to the right topic.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { type MessageQueue, openMessageQueue } from '@cairn/message-queue';
import { temporaryDirectory } from '@cairn/testing';
import { seenIn } from '../delays/delay-fixture.ts';
import { deadTopic } from './delayed-topics.ts';

const rounds = 3;
const delayer = fileURLToPath(new URL('./delayer.ts', import.meta.url));

/** Produces until so many were acknowledged, and kills. */
async function produceAndKill(directory: string, { round, count }: { round: number; count: number }) {
  const child = spawn(process.execPath, [delayer, directory, String(round)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const acknowledged: string[] = [];
  const exited = once(child, 'exit');
  for await (const line of createInterface({ input: child.stdout })) {
    acknowledged.push(line);
    if (acknowledged.length >= count) child.kill('SIGKILL');
  }
  await exited;
  return acknowledged;
}

/** Where a text of `delayer.ts` is to come. */
function topicOf(text: string): string {
  const [name, , sequence] = text.split(' ');
  return name === 'retry' && Number(sequence) % 3 === 2 ? deadTopic : name!;
}

async function textsIn(queue: MessageQueue, name: string): Promise<readonly string[]> {
  const partition = await queue.topics.partition(queue.topics.find(name)!, 0);
  return (await seenIn(partition)).map(({ text }) => text);
}

/** Resolves when all are there. */
async function untilAll(queue: MessageQueue, texts: readonly string[]): Promise<void> {
  const names = [...new Set(texts.map(topicOf))];
  const missing = new Set(texts);
  for (const name of names) {
    const partition = await queue.topics.partition(queue.topics.find(name)!, 0);
    for (;;) {
      const advanced = Promise.withResolvers<void>();
      const stop = partition.onAdvance(() => advanced.resolve());
      for (const text of await textsIn(queue, name)) missing.delete(text);
      if (![...missing].some((text) => topicOf(text) === name)) {
        stop();
        break;
      }
      await advanced.promise;
      stop();
    }
  }
}

test('delayed records that were acknowledged outlive kill -9, and come once', {
  timeout: 120_000,
}, async (t) => {
  const directory = await temporaryDirectory(t);
  const acknowledged: string[] = [];
  for (let round = 0; round < rounds; round++)
    acknowledged.push(...(await produceAndKill(directory, { round, count: 120 + 90 * round })));
  const queue = await openMessageQueue({ directory });
  try {
    await untilAll(queue, acknowledged);
    for (const name of ['delayed', 'retry', deadTopic]) {
      const texts = await textsIn(queue, name);
      assert.equal(new Set(texts).size, texts.length, `a record is in ${name} twice`);
      assert.ok(texts.every((text) => topicOf(text) === name));
    }
  } finally {
    await queue.close();
  }
  assert.ok(acknowledged.length >= 300);
});
