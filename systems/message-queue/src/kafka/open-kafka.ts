// The Kafka protocol in front of a broker: everything between its port and topics, coordinators, identity.

import type { TlsSource } from '@cairn/service';
import type { Telemetry } from '@cairn/telemetry';
import type { World } from '@cairn/world';
import type { TopicAppends } from '../broker/topic-appends.ts';
import type { Topics } from '../broker/topics/topics.ts';
import { FilterWork } from '../filter/filter-work.ts';
import { connectionsMaxDefault, fetchAnswerBytesMax, frameBytesMaxDefault } from '../limits.ts';
import type { MetadataSql } from '../metadata/store.ts';
import type { GroupCalls, TransactionCalls } from './coordinated/coordinator-calls.ts';
import { groupHandlers } from './coordinated/group-handlers.ts';
import { transactionHandlers } from './coordinated/transaction-handlers.ts';
import { AnswerMemory } from './fetch/answer-memory.ts';
import { FetchSessions } from './fetch/fetch-sessions.ts';
import { ReadBuffers } from './fetch/read-buffers.ts';
import type { BrokerParts } from './handlers/broker-parts.ts';
import { createHandlers } from './handlers/create-handlers.ts';
import type { TransactionGuard } from './handlers/produce.ts';
import { ClientQuotas } from './quotas/client-quotas.ts';
import { Acls, type AclsOptions } from './security/acls.ts';
import type { KafkaIdentity, KafkaUsers } from './security/identity-port.ts';
import { type KafkaServer, type KafkaServerOptions, openKafkaServer } from './server/open-kafka-server.ts';

export type OpenKafkaOptions = {
  readonly sql: MetadataSql;
  readonly topics: Topics;
  /** What is produced goes straight to partitions where it is missing. */
  readonly appends?: TopicAppends | undefined;
  readonly clusterId: string;
  readonly identity: KafkaIdentity & KafkaUsers & Pick<AclsOptions, 'userArn'>;
  /** Their APIs are advertised when they are there. */
  readonly groups?: GroupCalls | undefined;
  readonly transactions?: TransactionCalls | undefined;
  readonly guardTransaction?: TransactionGuard | undefined;
  readonly world: World;
  readonly telemetry: Telemetry;
  /** Of all partitions: shown as the log directory, and asked for its free space. */
  readonly directory: string;
  readonly account: string;
  readonly region: string;
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly tls?: TlsSource | undefined;
  readonly advertised?: BrokerParts['advertised'];
  readonly autoCreateTopics: boolean;
  /** Of all fetches together, of what their clients did not take. */
  readonly answerBytesMax?: number | undefined;
} & Pick<KafkaServerOptions, 'sessionMs' | 'limits'>;

export type Kafka = KafkaServer & {
  readonly acls: Acls;
  readonly quotas: ClientQuotas;
  readonly memory: AnswerMemory;
};

/** Starts to listen. Fails with UnusableStart when the address cannot be had. What it was given stays the caller's. */
export async function openKafka(options: OpenKafkaOptions): Promise<Kafka> {
  const { sql, world, telemetry, identity, clusterId, account, region } = options;
  const place = { region, account, clusterId };
  const userArn: AclsOptions['userArn'] = (request) => identity.userArn(request);
  const acls = await Acls.open({ sql, place, userArn, log: options.telemetry.log });
  const quotas = await ClientQuotas.open({ sql, clock: world.clock, log: telemetry.log });
  const memory = new AnswerMemory({ bytesMax: options.answerBytesMax ?? fetchAnswerBytesMax });
  const server = await openKafkaServer({
    handlers: handlersOf(options, { acls, quotas, memory }),
    identity,
    aclPolicies: () => acls.policies,
    place,
    world,
    telemetry,
    host: options.host,
    port: options.port,
    tls: options.tls,
    sessionMs: options.sessionMs,
    limits: options.limits,
  });
  return { ...server, acls, quotas, memory };
}

function handlersOf(
  options: OpenKafkaOptions,
  own: Pick<Kafka, 'acls' | 'quotas' | 'memory'>,
): KafkaServerOptions['handlers'] {
  const { topics, groups, transactions, world, telemetry, directory, clusterId } = options;
  const { clock, random, disk } = world;
  return {
    ...createHandlers({
      ...own,
      topics,
      clusterId,
      directory,
      clock,
      users: options.identity,
      log: telemetry.log,
      advertised: options.advertised,
      listener: {
        hasTls: options.tls !== undefined,
        frameBytesMax: options.limits?.frameBytesMax ?? frameBytesMaxDefault,
        connectionsMax: options.limits?.connectionsMax ?? connectionsMaxDefault,
        sessionMs: options.sessionMs ?? 0,
      },
      autoCreateTopics: options.autoCreateTopics,
      guardTransaction: options.guardTransaction,
      appends: options.appends,
      freeBytes: () => disk.freeBytes(directory),
      sessions: new FetchSessions({ clock, random }),
      buffers: new ReadBuffers(),
      groupConfigs: groups?.configs,
      filtering: groups?.filters && {
        filters: groups.filters,
        work: new FilterWork({ clock, metrics: telemetry.metrics }),
      },
    }),
    ...(groups === undefined ? {} : groupHandlers(groups, topics)),
    ...(transactions === undefined ? {} : transactionHandlers(transactions)),
  };
}
