// Who may do what, in Kafka's terms, and the IAM action and resource of each: the names that Amazon MSK gave them, so that
// policies can be brought along.
//
//   arn:aws:kafka:REGION:ACCOUNT:topic/cairn/CLUSTER-ID/NAME      group/..., transactional-id/...; cluster/cairn/CLUSTER-ID

export const resourceTypes = {
  topic: { code: 2, arn: 'topic' },
  group: { code: 3, arn: 'group' },
  cluster: { code: 4, arn: 'cluster' },
  transactionalId: { code: 5, arn: 'transactional-id' },
} as const;
export type ResourceType = keyof typeof resourceTypes;

/** As Kafka's protocol numbers them. */
export const operationCodes = {
  read: 3,
  write: 4,
  create: 5,
  delete: 6,
  alter: 7,
  describe: 8,
  clusterAction: 9,
  describeConfigs: 10,
  alterConfigs: 11,
  idempotentWrite: 12,
} as const;
export type Operation = keyof typeof operationCodes;

/** The IAM action of each operation that a resource has. */
export const actions = {
  topic: {
    read: 'kafka-cluster:ReadData',
    write: 'kafka-cluster:WriteData',
    create: 'kafka-cluster:CreateTopic',
    delete: 'kafka-cluster:DeleteTopic',
    alter: 'kafka-cluster:AlterTopic',
    describe: 'kafka-cluster:DescribeTopic',
    describeConfigs: 'kafka-cluster:DescribeTopicDynamicConfiguration',
    alterConfigs: 'kafka-cluster:AlterTopicDynamicConfiguration',
  },
  group: {
    read: 'kafka-cluster:AlterGroup',
    describe: 'kafka-cluster:DescribeGroup',
    delete: 'kafka-cluster:DeleteGroup',
    describeConfigs: 'kafka-cluster:DescribeGroupDynamicConfiguration',
    alterConfigs: 'kafka-cluster:AlterGroupDynamicConfiguration',
  },
  cluster: {
    create: 'kafka-cluster:CreateTopic',
    alter: 'kafka-cluster:AlterCluster',
    describe: 'kafka-cluster:DescribeCluster',
    describeConfigs: 'kafka-cluster:DescribeClusterDynamicConfiguration',
    alterConfigs: 'kafka-cluster:AlterClusterDynamicConfiguration',
    idempotentWrite: 'kafka-cluster:WriteDataIdempotently',
  },
  transactionalId: {
    write: 'kafka-cluster:AlterTransactionalId',
    describe: 'kafka-cluster:DescribeTransactionalId',
  },
} as const satisfies Record<ResourceType, Partial<Record<Operation, string>>>;

/** What an ACL that allows one operation allows besides, as Kafka has it. */
const implied: Partial<Record<Operation, readonly Operation[]>> = {
  read: ['describe'],
  write: ['describe'],
  delete: ['describe'],
  alter: ['describe'],
  alterConfigs: ['describeConfigs'],
};

export function actionOf(type: ResourceType, operation: Operation): string | undefined {
  return (actions[type] as Partial<Record<Operation, string>>)[operation];
}

export function operationsOf(type: ResourceType): readonly Operation[] {
  return Object.keys(actions[type]) as Operation[];
}

export function withImplied(operation: Operation): readonly Operation[] {
  return [operation, ...(implied[operation] ?? [])];
}

export type ArnPlace = { readonly region: string; readonly account: string; readonly clusterId: string };

export function arnOf(type: ResourceType, name: string, { region, account, clusterId }: ArnPlace): string {
  const cluster = `arn:aws:kafka:${region}:${account}:${resourceTypes[type].arn}/cairn/${clusterId}`;
  return type === 'cluster' ? cluster : `${cluster}/${name}`;
}

/** What writing to a topic asks of a policy. */
export function topicWriteAccess(
  name: string,
  place: ArnPlace,
): { readonly action: string; readonly resource: string } {
  return { action: actions.topic.write, resource: arnOf('topic', name, place) };
}
