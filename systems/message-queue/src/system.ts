// The message queue as the service shell lists it. What it runs on is loaded when it starts: a process that mounts other
// systems only is smaller by that.

import type { SystemDefinition } from '@cairn/service';
import type { MessageQueue } from './broker/open-message-queue.ts';
import { config, type MessageQueueConfig } from './config.ts';

export const messageQueueSystem: SystemDefinition<MessageQueueConfig, MessageQueue> = {
  name: 'message-queue',
  nouns: ['queue'],
  uses: ['identity'],
  config,
  async start(context) {
    const { startMessageQueue } = await import('./start-message-queue.ts');
    return startMessageQueue(context);
  },
  async makeRoom({ config, dataDirectory: directory, world, telemetry }) {
    const { SpareRoom } = await import('./partition/spare-room.ts');
    const { disk, clock } = world;
    const { reserveBytes } = config;
    await new SpareRoom({ disk, clock, log: telemetry.log, directory, reserveBytes }).clear();
  },
  async repair(context, options) {
    const { repairMessageQueue } = await import('./check/repair-message-queue.ts');
    const { dataDirectory: directory, world } = context;
    const [metadataUrl, blobsUrl] = [context.engineUrl('sql'), context.engineUrl('blobs')];
    return repairMessageQueue({ directory, metadataUrl, blobsUrl, world }, options);
  },
};
