// Ours: `cairn up --only message-queue` of this checkout or of another, on a data folder of its own.

import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ServerProcess, startServer } from '@cairn/bench';
import { freePort } from '@cairn/testing';
import { kafkaPublishing } from '../load/kafka-batches.ts';
import { createTopic, type NewTopic } from '../load/kafka-calls.ts';
import { publish } from '../load/publish.ts';
import type { Publishing } from '../load/publishing.ts';
import { credentials } from '../load/signed-post.ts';
import type { MessageServer, ServerKind, Shape } from './server.ts';
import { makeFolder, removeFolder } from './temporary-folder.ts';

export const thisCheckout = fileURLToPath(new URL('../../../../', import.meta.url));

export type CairnServer = MessageServer & {
  readonly process: ServerProcess;
  readonly kafkaPort: number;
  readonly sqsPort: number;
  /** Makes a topic under a name that was not there, which it gives; all its partitions are open. */
  createTopic(topic: Omit<NewTopic, 'name'>): Promise<string>;
  /** To a topic that is there. */
  publishingTo(topic: string, shape: Shape): Publishing;
};

export const cairn: ServerKind<CairnServer> = cairnIn(thisCheckout);

/** The same, when it stands beside ours. */
export function cairnAs(name: string): ServerKind<CairnServer> {
  return { ...cairn, name };
}

/** The same on a data folder that something is put into before it starts. */
export function cairnOn(fill: (data: string) => Promise<void>): ServerKind<CairnServer> {
  return { ...cairn, start: () => startOnNewFolder(thisCheckout, fill) };
}

export function cairnIn(checkout: string): ServerKind<CairnServer> {
  return {
    name: basename(checkout),
    version: () => versionOf(checkout),
    start: () => startOnNewFolder(checkout, async () => {}),
  };
}

async function startOnNewFolder(
  checkout: string,
  fill: (data: string) => Promise<void>,
): Promise<CairnServer> {
  const data = await makeFolder('cairn');
  const removeData = () => removeFolder(data);
  try {
    await fill(data);
    const server = await startCairn(checkout, data);
    return { ...server, stop: () => server.stop().then(removeData) };
  } catch (error) {
    await removeData();
    throw error;
  }
}

async function versionOf(checkout: string): Promise<string> {
  return JSON.parse(await readFile(join(checkout, 'systems/message-queue/package.json'), 'utf8')).version;
}

/** Starts on a data folder that is there, and stays there when it stops. */
export async function startCairn(checkout: string, data: string): Promise<CairnServer> {
  const [kafkaPort, sqsPort] = [await freePort(), await freePort()];
  const process = await spawnCairn(checkout, { data, kafkaPort, sqsPort });
  let topics = 0;
  const create = async (topic: Omit<NewTopic, 'name'>): Promise<string> => {
    const name = `topic-${++topics}`;
    await createTopic(kafkaPort, { ...topic, name });
    await openPartitions({ port: kafkaPort, topic: name }, topic.partitions);
    return name;
  };
  return {
    ...{ process, kafkaPort, sqsPort, createTopic: create },
    cpuSeconds: () => process.cpuSeconds(),
    publishingTo: (topic, shape) => kafkaPublishing({ port: kafkaPort, topic }, shape),
    publishing: async (shape) =>
      kafkaPublishing({ port: kafkaPort, topic: await create(topicFor(shape)) }, shape),
    stop: () => process.stop(),
  };
}

/** A message to each: a partition's files are made when it is first used. */
async function openPartitions(to: { port: number; topic: string }, partitions: number): Promise<void> {
  const one = kafkaPublishing(to, { messageBytes: 1, batch: 1, partitions, synced: true });
  await publish(one, { window: partitions, until: { messages: partitions } });
}

export function topicFor({
  partitions = 1,
  synced,
}: Pick<Shape, 'partitions' | 'synced'>): Omit<NewTopic, 'name'> {
  return { partitions, config: synced ? {} : { durability: 'os' } };
}

function spawnCairn(
  checkout: string,
  { data, kafkaPort, sqsPort }: { data: string; kafkaPort: number; sqsPort: number },
): Promise<ServerProcess> {
  const settings = {
    'message-queue.kafka.port': kafkaPort,
    'message-queue.sqs.port': sqsPort,
    'service.port': 0,
  };
  return startServer({
    command: process.execPath,
    args: [
      join(checkout, 'apps/cairn/bin/cairn.js'),
      ...['up', '--only', 'message-queue', '--data', data],
      ...Object.entries(settings).flatMap(([key, value]) => ['--set', `${key}=${value}`]),
    ],
    environment: {
      CAIRN_ROOT_ACCESS_KEY: credentials.accessKeyId,
      CAIRN_ROOT_SECRET_KEY: credentials.secret,
    },
    ready: /^ready$/,
  });
}
