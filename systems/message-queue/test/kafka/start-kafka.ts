// A Kafka endpoint for a test: topics in a folder of the test, partitions in memory unless others are given.

import { once } from 'node:events';
import net from 'node:net';
import { openSql } from '@cairn/engines';
import type { Principal } from '@cairn/service';
import { createLog, createMetrics, type Telemetry } from '@cairn/telemetry';
import { cleanUpAfter, type TestContext, temporaryDirectory } from '@cairn/testing';
import { realWorld } from '@cairn/world';
import { logPartitions } from '../../src/broker/topics/log-partitions.ts';
import type { PartitionOpener } from '../../src/broker/topics/topic.ts';
import { Topics, type TopicsOptions } from '../../src/broker/topics/topics.ts';
import { type OpenKafkaOptions, openKafka } from '../../src/kafka/open-kafka.ts';
import type {
  KafkaDecision,
  KafkaIdentity,
  KafkaQuestion,
  KafkaUsers,
} from '../../src/kafka/security/identity-port.ts';
import metadataStore from '../../src/metadata/store.ts';
import { memoryPartitions } from './memory-partition.ts';

export type StartKafkaOptions = {
  readonly identity?: KafkaIdentity & Partial<KafkaUsers>;
  readonly openPartition?: PartitionOpener;
  /** Partitions as they are; in memory otherwise. */
  readonly onDisk?: boolean;
  readonly topicsOptions?: Partial<Pick<TopicsOptions, 'partitionsMax' | 'partitionsPerTopic' | 'defaults'>>;
  readonly autoCreateTopics?: boolean;
} & Pick<
  OpenKafkaOptions,
  | 'limits'
  | 'sessionMs'
  | 'tls'
  | 'answerBytesMax'
  | 'advertised'
  | 'groups'
  | 'transactions'
  | 'guardTransaction'
>;

export async function startKafka(t: TestContext, options: StartKafkaOptions = {}) {
  const directory = await temporaryDirectory(t);
  const world = realWorld();
  /** What the broker did not expect. */
  const errors: string[] = [];
  const destination = {
    write: (line: string) => {
      errors.push(line);
      process.stderr.write(line);
    },
  };
  const errorLog = createLog({ level: 'error', clock: world.clock, destination });
  const telemetry: Telemetry = { log: errorLog, metrics: createMetrics() };
  const sql = await openSql(metadataStore, { url: `file:${directory}/`, world });
  const { clusterId, leaderEpoch } = await sql.write('startBroker', {
    newClusterId: 'test-cluster-id-000000',
  });
  const { log } = telemetry;
  const openPartition =
    options.openPartition ?? (options.onDisk ? logPartitions({ world, log }) : memoryPartitions());
  const partitionsDirectory = `${directory}/partitions`;
  const topics = await Topics.open({
    ...options.topicsOptions,
    sql,
    world,
    directory: partitionsDirectory,
    leaderEpoch,
    openPartition,
    log,
  });
  await world.disk.makeDirectory(partitionsDirectory);
  const userArn = async ({ name }: { name: string }) => `arn:aws:iam::000000000000:user/${name}`;
  const identity: KafkaIdentity & Partial<KafkaUsers> = options.identity ?? anonymousIdentity;
  const server = await openKafka({
    ...options,
    sql,
    topics,
    clusterId,
    identity: {
      listUsers: async (page) => (await identity.listUsers?.(page)) ?? { items: [] },
      listAccessKeys: async (request) => (await identity.listAccessKeys?.(request)) ?? [],
      findAccessKey: (id) => identity.findAccessKey(id),
      authorize: (principal, question) => identity.authorize(principal, question),
      allowsAnonymous: () => identity.allowsAnonymous(),
      userArn,
    },
    world,
    telemetry,
    directory: partitionsDirectory,
    account: '000000000000',
    region: 'us-east-1',
    host: '127.0.0.1',
    port: 0,
    autoCreateTopics: options.autoCreateTopics ?? true,
  });
  const { acls, quotas, memory } = server;
  cleanUpAfter(t, async () => {
    await server.close(AbortSignal.abort());
    await topics.close();
    await sql.close();
  });
  return {
    server,
    errors,
    memory,
    topics,
    acls,
    quotas,
    sql,
    port: server.port,
    address: `127.0.0.1:${server.port}`,
    telemetry,
    clusterId,
  };
}

export const noUsers: KafkaUsers = {
  listUsers: async () => ({ items: [] }),
  listAccessKeys: async () => [],
};

/** Everybody comes in, and may do everything. */
export const anonymousIdentity: KafkaIdentity = {
  findAccessKey: () => undefined,
  authorize: () => ({ decision: 'allow' }),
  allowsAnonymous: async () => true,
};

/** Nobody comes in without one of these keys; `allows` decides what they may do. */
export function keysIdentity(
  keys: Readonly<Record<string, string>>,
  allows: (name: string, question: KafkaQuestion) => boolean = () => true,
): KafkaIdentity {
  const principalOf = (name: string): Principal => ({
    type: 'user',
    name,
    arn: `arn:aws:iam::000000000000:user/${name}`,
    accessKeyId: name,
  });
  return {
    findAccessKey: (id) => {
      const secret = keys[id];
      return secret === undefined ? undefined : { secret, principal: principalOf(id) };
    },
    authorize: ({ name }, question): KafkaDecision => ({
      decision: allows(name, question) ? 'allow' : 'implicit-deny',
    }),
    allowsAnonymous: async () => false,
  };
}

export async function openSocket(t: TestContext, port: number): Promise<net.Socket> {
  const socket = net.connect({ port, host: '127.0.0.1', noDelay: true });
  cleanUpAfter(t, async () => void socket.destroy());
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}
