// A broker whose group has a filter, and a member of the group that is nothing but its requests.

import type { TestContext } from '@cairn/testing';
import { batchLengthAt, decodeBatchHeader } from '../../src/batch/batch-header.ts';
import { unpackedRecords } from '../../src/batch/compression.ts';
import { decodeRecords } from '../../src/batch/records.ts';
import type { MessageQueue } from '../../src/broker/open-message-queue.ts';
import { encodeConsumerProtocolAssignment } from '../../src/kafka/messages/consumer-protocol-assignment.ts';
import type { PartitionData } from '../../src/kafka/messages/fetch-response.ts';
import { Writer } from '../../src/kafka/wire/writer.ts';
import { subscriptionProtocols } from '../../src/library/subscribe/assignment.ts';
import { startBroker } from '../kafka/start-broker.ts';
import { TestClient } from '../kafka/test-client.ts';
import { type Tagged, taggedBatch } from './tagged-batches.ts';

/** As TestClient is known to the broker. */
const testClient = { clientId: 'test', clientHost: '127.0.0.1' } as const;

export type MemberOf = {
  readonly group: string;
  readonly clientId?: string;
  /** By topic. */
  readonly assigned: Readonly<Record<string, readonly number[]>>;
  /** Instead of an assignment. */
  readonly nonsense?: Uint8Array;
};

/** The only member of a group, from now on. */
export async function becomeMember(
  { groups }: Pick<MessageQueue, 'groups'>,
  { group, clientId = testClient.clientId, assigned, nonsense }: MemberOf,
): Promise<{ leave(): Promise<void> }> {
  const context = { ...testClient, clientId, version: 3 };
  const member = { groupInstanceId: null, protocolType: 'consumer', reason: null };
  const { memberId, generationId = -1 } = await groups.joinGroup(
    {
      ...{ groupId: group, sessionTimeoutMs: 60_000, rebalanceTimeoutMs: 60_000, memberId: '' },
      ...{ ...member, protocols: subscriptionProtocols(Object.keys(assigned)) },
    },
    context,
  );
  await groups.syncGroup({
    ...{ groupId: group, memberId, generationId, groupInstanceId: null, protocolType: 'consumer' },
    ...{ protocolName: 'range', assignments: [{ memberId, assignment: nonsense ?? encoded(assigned) }] },
  });
  return {
    leave: async () => {
      const members = [{ memberId, groupInstanceId: null, reason: null }];
      await groups.leaveGroup({ groupId: group, memberId: '', members }, { ...context, version: 4 });
    },
  };
}

function encoded(assigned: MemberOf['assigned']): Uint8Array {
  const writer = new Writer();
  writer.int16(0);
  const assignedPartitions = Object.entries(assigned).map(([topic, partitions]) => ({ topic, partitions }));
  encodeConsumerProtocolAssignment(writer, { assignedPartitions, userData: null }, 0);
  return Buffer.concat(writer.finish());
}

export async function setFilter(
  { groups }: Pick<MessageQueue, 'groups'>,
  group: string,
  filter: string | undefined,
): Promise<void> {
  const change = () => (filter === undefined ? {} : { 'cairn.filter': filter });
  await groups.configs.change(group, change, { validateOnly: false });
}

export async function startFilteredGroup(
  t: TestContext,
  { filter = 'red', partitions = 1 }: { filter?: string; partitions?: number } = {},
) {
  const { queue, address } = await startBroker(t);
  const topic = await queue.topics.create({ name: 'paints', partitionCount: partitions });
  const append = async (records: readonly Tagged[], index = 0) =>
    (await queue.topics.partition(topic, index)).append({ records: await taggedBatch(records) });
  const assigned = { paints: Array.from({ length: partitions }, (_, index) => index) };
  const member = await becomeMember(queue, { group: 'painters', assigned });
  await setFilter(queue, 'painters', filter);
  const client = await TestClient.connect(t, Number(address.split(':')[1]));
  return { queue, topic, append, client, member, address };
}

/** Offsets and values of what a consumer would see; of a marker only its offset. */
export async function seen(data: Pick<PartitionData, 'records'> | undefined): Promise<readonly string[]> {
  const lines: string[] = [];
  const bytes = Buffer.concat(data?.records ?? []);
  for (let at = 0; at < bytes.length; ) {
    const batch = bytes.subarray(at, at + batchLengthAt(bytes, at)!);
    at += batch.length;
    const header = decodeBatchHeader(batch);
    for (const { offset, value } of decodeRecords(header, await unpackedRecords(header, batch)))
      lines.push(header.isControl ? `${offset} marker` : `${offset} ${value && Buffer.from(value)}`);
  }
  return lines;
}
