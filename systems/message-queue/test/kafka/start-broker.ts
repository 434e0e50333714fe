// The whole broker for a test: topics and partitions on disk, groups, and the Kafka server in front.

import { silentTelemetry } from '@cairn/telemetry';
import { cleanUpAfter, type TestContext, temporaryDirectory } from '@cairn/testing';
import { realWorld } from '@cairn/world';
import { type OpenMessageQueueOptions, openMessageQueue } from '../../src/broker/open-message-queue.ts';
import { openKafka } from '../../src/kafka/open-kafka.ts';
import type { KafkaIdentity } from '../../src/kafka/security/identity-port.ts';
import { anonymousIdentity, noUsers } from './start-kafka.ts';

export async function startBroker(
  t: TestContext,
  {
    identity = anonymousIdentity,
    ...options
  }: Partial<OpenMessageQueueOptions> & { identity?: KafkaIdentity } = {},
) {
  const { directory = await temporaryDirectory(t) } = options;
  const [world, telemetry] = [realWorld(), silentTelemetry()];
  const groups = { initialRebalanceDelayMs: 100 };
  const queue = await openMessageQueue({ ...options, directory, world, telemetry, groups });
  const { clusterId, topics, sql } = queue;
  const server = await openKafka({
    ...{ clusterId, topics, sql, world, telemetry, groups: queue.groups, transactions: queue.transactions },
    guardTransaction: queue.transactions.guard,
    identity: {
      ...identity,
      ...noUsers,
      userArn: async () => 'arn:aws:iam::000000000000:user/anonymous',
    },
    directory: queue.partitionsDirectory,
    account: '000000000000',
    region: 'us-east-1',
    host: '127.0.0.1',
    port: 0,
    autoCreateTopics: true,
  });
  const close = async () => {
    await server.close(AbortSignal.abort());
    await queue.close();
  };
  cleanUpAfter(t, close);
  return { queue, port: server.port, address: `127.0.0.1:${server.port}`, close };
}
