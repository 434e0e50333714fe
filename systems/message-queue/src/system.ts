// The message queue as the service shell mounts it: the broker on the data folder, the endpoints of Kafka
// and SQS.

import type { Identity } from '@cairn/identity';
import type { Endpoint, SystemContext, SystemDefinition } from '@cairn/service';
import { z } from 'zod';
import { type MessageQueue, openMessageQueue } from './broker/open-message-queue.ts';
import { type Kafka, openKafka } from './kafka/open-kafka.ts';
import { connectionsMaxDefault, frameBytesMaxDefault, partitionsPerTopicDefault } from './limits.ts';
import { openSqsServer, type SqsServer } from './sqs/server.ts';

/** `HOST:PORT`, with an IPv6 address in brackets. */
const address = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:]+)):(\d{1,5})$/;
const minuteMs = 60_000;

const config = z.strictObject({
  kafka: z
    .strictObject({
      port: z
        .int()
        .min(0)
        .max(65_535)
        .default(9092)
        .describe('port of the Kafka endpoint; 0 takes a free one'),
      advertised: z
        .string()
        .regex(address)
        .optional()
        .describe('HOST:PORT that clients are told; by default the address at which they reached the broker'),
      autoCreateTopics: z
        .boolean()
        .default(true)
        .describe('whether producing to or asking for a topic that is not there makes it'),
      partitionsPerTopic: z
        .int()
        .min(1)
        .max(1_000)
        .default(partitionsPerTopicDefault)
        .describe('partitions of a topic that is made without a number'),
      frameBytesMax: z
        .int()
        .min(1_024)
        .max(1_024 * 1_024 * 1_024)
        .default(frameBytesMaxDefault)
        .describe('size in bytes of a request at most'),
      connectionsMax: z.int().min(1).default(connectionsMaxDefault).describe('connections at the same time'),
      sessionMinutes: z
        .number()
        .min(0)
        .default(0)
        .describe('after which a client has to log in again; 0 for never'),
    })
    .prefault({}),
  sqs: z
    .strictObject({
      port: z.int().min(0).max(65_535).default(9324).describe('port of the SQS endpoint; 0 takes a free one'),
    })
    .prefault({}),
  groups: z
    .strictObject({
      initialRebalanceDelayMs: z
        .int()
        .min(0)
        .default(3_000)
        .describe('how long the first members of an empty group wait for others'),
      offsetsRetentionMinutes: z
        .number()
        .min(1)
        .default(7 * 24 * 60)
        .describe('how long offsets of a group without members are kept'),
    })
    .prefault({}),
});

export type MessageQueueConfig = z.output<typeof config>;

export const messageQueueSystem: SystemDefinition<MessageQueueConfig, MessageQueue> = {
  name: 'message-queue',
  nouns: ['queue'],
  uses: ['identity'],
  config,
  async start(context) {
    const queue = await openMessageQueue(openOptions(context));
    const listeners: Listener[] = [];
    const stop = async (deadline: AbortSignal): Promise<void> => {
      for (const listener of listeners.splice(0)) await listener.close(deadline);
      await queue.close();
    };
    try {
      const endpoints: Endpoint[] = [];
      if (!context.withoutListeners) {
        const kafka = await listenKafka(context, queue);
        listeners.push(kafka);
        const sqs = await listenSqs(context, queue);
        listeners.push(sqs);
        endpoints.push({ protocol: 'kafka', url: `kafka://${kafka.address}` });
        endpoints.push({ protocol: 'sqs', url: sqs.address.url });
      }
      return { api: queue, endpoints, routes: [], health: async () => ({ ready: true }), stop };
    } catch (error) {
      await stop(AbortSignal.abort());
      throw error;
    }
  },
};

type Listener = Pick<Kafka | SqsServer, 'close'>;

function openOptions(context: SystemContext<MessageQueueConfig>) {
  const { kafka, groups } = context.config;
  return {
    directory: context.dataDirectory,
    metadataUrl: context.engineUrl('sql'),
    partitionsPerTopic: kafka.partitionsPerTopic,
    groups: {
      initialRebalanceDelayMs: groups.initialRebalanceDelayMs,
      offsetsRetentionMs: groups.offsetsRetentionMinutes * minuteMs,
    },
    region: context.settings.region,
    account: context.settings.account,
    world: context.world,
    telemetry: context.telemetry,
  };
}

function listenKafka(context: SystemContext<MessageQueueConfig>, queue: MessageQueue): Promise<Kafka> {
  const { config, settings, telemetry, world } = context;
  const { port, advertised, autoCreateTopics, frameBytesMax, connectionsMax, sessionMinutes } = config.kafka;
  const { clusterId, topics, groups, transactions, sql, partitionsDirectory } = queue;
  return openKafka({
    ...{ clusterId, topics, groups, transactions, sql, world, telemetry, autoCreateTopics, port },
    guardTransaction: transactions.guard,
    identity: context.system<Identity>('identity'),
    directory: partitionsDirectory,
    account: settings.account,
    region: settings.region,
    host: settings.host,
    tls: settings.tls,
    advertised: advertised === undefined ? undefined : advertisedOf(advertised),
    limits: { frameBytesMax, connectionsMax },
    sessionMs: sessionMinutes * minuteMs,
  });
}

function listenSqs(context: SystemContext<MessageQueueConfig>, { queues }: MessageQueue): Promise<SqsServer> {
  const { config, settings, telemetry, world } = context;
  const { host, region, account, tls } = settings;
  return openSqsServer({
    ...{ queues, world, region, account, tls, log: telemetry.log },
    identity: context.system<Identity>('identity'),
    listen: { host, port: config.sqs.port, key: 'message-queue.sqs.port' },
  });
}

function advertisedOf(text: string): { host: string; port: number } {
  const [, bracketed, plain, port] = address.exec(text)!;
  return { host: bracketed ?? plain!, port: Number(port) };
}
