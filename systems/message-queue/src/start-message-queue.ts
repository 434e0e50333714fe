// The message queue as it runs in a service: the broker on the data folder, the endpoints of Kafka and SQS.

import type { Identity } from '@cairn/identity';
import type { ApiRoute, Endpoint, RunningSystem, SystemContext, SystemHealth } from '@cairn/service';
import { messageQueueRoutes } from './api/routes.ts';
import { type MessageQueue, openMessageQueue } from './broker/open-message-queue.ts';
import { address, type MessageQueueConfig } from './config.ts';
import { type Kafka, openKafka } from './kafka/open-kafka.ts';
import { openSqsServer, type SqsServer } from './sqs/server.ts';

const minuteMs = 60_000;

export async function startMessageQueue(
  context: SystemContext<MessageQueueConfig>,
): Promise<RunningSystem<MessageQueue>> {
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
    const health = async () => healthOf(queue);
    return { api: queue, endpoints, routes: routesOf(context, queue), health, stop };
  } catch (error) {
    await stop(AbortSignal.abort());
    throw error;
  }
}

function healthOf(queue: MessageQueue): SystemHealth {
  const warnings = queue.warnings();
  return { ready: true, ...(warnings.length > 0 && { detail: warnings.join('; ') }) };
}

function routesOf(context: SystemContext<MessageQueueConfig>, queue: MessageQueue): readonly ApiRoute[] {
  const { world, settings, dataDirectory: directory } = context;
  const { region, account } = settings;
  const identity = context.system<Identity>('identity');
  return messageQueueRoutes({
    ...{ queue, world, directory, region, account },
    authorize: async (principal, asked) => (await identity.authorize(principal, asked)).decision === 'allow',
  });
}

type Listener = Pick<Kafka | SqsServer, 'close'>;

function openOptions(context: SystemContext<MessageQueueConfig>) {
  const { kafka, groups } = context.config;
  return {
    directory: context.dataDirectory,
    metadataUrl: context.engineUrl('sql'),
    blobsUrl: context.engineUrl('blobs'),
    reserveBytes: context.config.reserveBytes,
    copyBytesPerSecond: context.config.remote.copyBytesPerSecond,
    partitionsPerTopic: kafka.partitionsPerTopic,
    autoCreateTopics: kafka.autoCreateTopics,
    groups: {
      initialRebalanceDelayMs: groups.initialRebalanceDelayMs,
      sessionTimeoutMsMin: groups.sessionTimeoutMsMin,
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
  const { clusterId, topics, appends, groups, transactions, sql, partitionsDirectory } = queue;
  return openKafka({
    ...{ clusterId, topics, appends, groups, transactions, sql, world, telemetry, autoCreateTopics, port },
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
