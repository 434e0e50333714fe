// An SQS endpoint on a free port over a folder of its own, with a root user, and one with policies of their own.

import type { TestContext } from 'node:test';
import { SQSClient } from '@aws-sdk/client-sqs';
import { openSql } from '@cairn/engines';
import { evaluate, parsePolicy } from '@cairn/identity';
import type { Principal } from '@cairn/service';
import { silentTelemetry, type Telemetry } from '@cairn/telemetry';
import { cleanUpAfter, temporaryDirectory } from '@cairn/testing';
import { realWorld, type World } from '@cairn/world';
import store, { type MetadataSql } from '../../src/metadata/store.ts';
import { IndexCache } from '../../src/partition/index-cache.ts';
import { Queues } from '../../src/queues/queues.ts';
import type { SqsIdentity } from '../../src/sqs/identity-port.ts';
import { openSqsServer } from '../../src/sqs/server.ts';

export const account = '000000000000';
export const region = 'us-east-1';

export const rootKey = { accessKeyId: 'ROOTKEY', secretAccessKey: 'a secret of root' };
export const userKey = { accessKeyId: 'USERKEY', secretAccessKey: 'a secret of anna' };

const root: Principal = {
  type: 'root',
  name: 'root',
  arn: `arn:aws:iam::${account}:root`,
  accessKeyId: 'ROOTKEY',
};
const anna: Principal = {
  type: 'user',
  name: 'anna',
  arn: `arn:aws:iam::${account}:user/anna`,
  accessKeyId: 'USERKEY',
};

/** Root may do everything, anna what this policy and the queue's allow. */
const annasPolicy = parsePolicy(
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Action: ['sqs:SendMessage', 'sqs:GetQueueUrl'],
        Resource: `arn:aws:sqs:*:${account}:open-*`,
      },
      { Effect: 'Allow', Action: 'sqs:ListQueues', Resource: 'arn:aws:sqs:*:*:*' },
    ],
  }),
  { kind: 'identity' },
);

export const identity: SqsIdentity = {
  findAccessKey(accessKeyId) {
    if (accessKeyId === rootKey.accessKeyId)
      return { accessKeyId, secret: rootKey.secretAccessKey, principal: root, active: true };
    if (accessKeyId === userKey.accessKeyId)
      return { accessKeyId, secret: userKey.secretAccessKey, principal: anna, active: true };
    return undefined;
  },
  findSession: () => 'InvalidToken',
  authorize(principal, { action, resource, context, resourcePolicies = [] }) {
    if (principal.type === 'root') return { decision: 'allow' };
    const policies = principal === anna ? [annasPolicy, ...resourcePolicies] : resourcePolicies;
    return evaluate({ policies, request: { principal, action, resource, context } });
  },
};

export type SqsEndpoint = { readonly url: string; readonly queues: Queues; close(): Promise<void> };

export async function openQueues(
  directory: string,
  {
    world = realWorld(),
    start = 1,
    queuesMax = 100,
    onWrite = () => {},
  }: {
    world?: World;
    start?: number;
    queuesMax?: number;
    /** Called before every write; what it throws the write fails by. */
    onWrite?: (name: string, input: unknown) => void;
  } = {},
): Promise<{ queues: Queues; sql: MetadataSql; close(): Promise<void> }> {
  const honest = await openSql(store, { url: `file:${directory}/metadata.sqlite`, world });
  const write: MetadataSql['write'] = async (name, input) => {
    onWrite(name, input);
    return honest.write(name, input);
  };
  const sql = new Proxy(honest, {
    get(target, name) {
      const value: unknown = name === 'write' ? write : Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  const queues = await Queues.open({
    ...{ world, sql, directory: `${directory}/queues`, start, indexes: new IndexCache(8) },
    ...{ log: silentTelemetry().log, region, account, queuesMax },
  });
  const close = async (): Promise<void> => {
    await queues.close();
    await sql.close();
  };
  return { queues, sql, close };
}

export async function openEndpoint(
  context: TestContext,
  options: { directory?: string; start?: number; log?: Telemetry['log'] } = {},
): Promise<SqsEndpoint> {
  const world = realWorld();
  const directory = options.directory ?? (await temporaryDirectory(context));
  const { queues, close: closeQueues } = await openQueues(directory, { world, start: options.start ?? 1 });
  const server = await openSqsServer({
    ...{ queues, identity, world, log: options.log ?? silentTelemetry().log, region, account },
    listen: { host: '127.0.0.1', port: 0 },
  });
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= server.close(AbortSignal.timeout(1_000)).then(closeQueues);
    return closing;
  };
  cleanUpAfter(context, close);
  return { url: server.address.url, queues, close };
}

export function clientOf(context: TestContext, { url }: { url: string }, credentials = rootKey): SQSClient {
  const client = new SQSClient({ endpoint: url, region, credentials, maxAttempts: 1 });
  cleanUpAfter(context, async () => client.destroy());
  return client;
}
