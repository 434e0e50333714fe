// The Kafka endpoint on a broker that is open, on a free port, for everybody.

import { silentTelemetry } from '@cairn/telemetry';
import { realWorld } from '@cairn/world';
import type { MessageQueue } from '../../src/broker/open-message-queue.ts';
import { type Kafka, openKafka } from '../../src/kafka/open-kafka.ts';
import { anonymousIdentity } from './start-kafka.ts';

export function kafkaOn(queue: MessageQueue): Promise<Kafka> {
  const { clusterId, topics, groups, transactions, sql, partitionsDirectory } = queue;
  const { findAccessKey, authorize, allowsAnonymous } = anonymousIdentity;
  return openKafka({
    ...{ clusterId, topics, groups, transactions, sql, directory: partitionsDirectory },
    guardTransaction: transactions.guard,
    identity: {
      ...{ findAccessKey, authorize, allowsAnonymous },
      userArn: async ({ name }) => `arn:aws:iam::000000000000:user/${name}`,
    },
    ...{ world: realWorld(), telemetry: silentTelemetry() },
    ...{ account: '000000000000', region: 'us-east-1', host: '127.0.0.1', port: 0, autoCreateTopics: true },
  });
}
