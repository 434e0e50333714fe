// A data folder with 10,000 partitions, each with a small batch: made once in a run, and removed at its end.

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createTopic } from '../load/kafka-calls.ts';
import { publish } from '../load/publish.ts';
import { type CairnServer, startCairn, thisCheckout } from '../servers/cairn.ts';
import { makeFolder, removeFolder } from '../servers/temporary-folder.ts';

const partitions = 100;
const topicsInFull = 100;

let folder: Promise<string> | undefined;

export function manyPartitions(tiny: boolean): Promise<string> {
  folder ??= make(tiny ? 1 : topicsInFull);
  return folder;
}

export async function removeManyPartitions(): Promise<void> {
  if (folder !== undefined) await removeFolder(await folder);
}

async function make(topics: number): Promise<string> {
  const data = await makeFolder('partitions');
  const server = await startCairn(thisCheckout, data);
  try {
    for (let index = 0; index < topics; index++) await makeTopic(server, `many-${index}`);
  } finally {
    await server.stop();
  }
  return data;
}

async function makeTopic(server: CairnServer, name: string): Promise<void> {
  await createTopic(server.kafkaPort, { name, partitions, config: {} });
  const shape = { messageBytes: 100, batch: 1, partitions, synced: true };
  await publish(server.publishingTo(name, shape), {
    window: partitions / 2,
    until: { messages: partitions },
  });
}

export async function secondsToReady(data: string): Promise<number> {
  const startMs = performance.now();
  const server = await startCairn(thisCheckout, data);
  const seconds = (performance.now() - startMs) / 1000;
  await server.stop();
  return seconds;
}

/** Blocks that are taken, as what was reserved and not written to takes its place too. */
export async function diskMegabytes(data: string): Promise<number> {
  const { stdout } = await promisify(execFile)('du', ['-s', '-B', '1000', join(data, 'message-queue')]);
  return Number.parseInt(stdout, 10) / 1000;
}
