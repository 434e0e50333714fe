// The Kafka endpoint on a broker that is open, on a free port, for everybody.

import { silentTelemetry, type Telemetry } from '@cairn/telemetry';
import { realWorld } from '@cairn/world';
import type { MessageQueue } from '../../src/broker/open-message-queue.ts';
import { type Kafka, type OpenKafkaOptions, openKafka } from '../../src/kafka/open-kafka.ts';
import type { KafkaIdentity } from '../../src/kafka/security/identity-port.ts';
import { anonymousIdentity, noUsers } from './start-kafka.ts';

export function kafkaOn(
  queue: MessageQueue,
  options: Partial<
    Pick<OpenKafkaOptions, 'tls' | 'port'> & { identity: KafkaIdentity; telemetry: Telemetry }
  > = {},
): Promise<Kafka> {
  const { clusterId, topics, appends, groups, transactions, sql, partitionsDirectory } = queue;
  const { findAccessKey, authorize, allowsAnonymous } = options.identity ?? anonymousIdentity;
  return openKafka({
    ...{ clusterId, topics, appends, groups, transactions, sql, directory: partitionsDirectory },
    guardTransaction: transactions.guard,
    tls: options.tls,
    identity: {
      ...{ ...noUsers, findAccessKey, authorize, allowsAnonymous },
      userArn: async ({ name }) => `arn:aws:iam::000000000000:user/${name}`,
    },
    ...{ world: realWorld(), telemetry: options.telemetry ?? silentTelemetry() },
    ...{ account: '000000000000', region: 'us-east-1', host: '127.0.0.1', autoCreateTopics: true },
    port: options.port ?? 0,
  });
}
