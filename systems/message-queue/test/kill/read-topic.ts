// What a consumer sees of a partition over the port.

import type { TestContext } from '@cairn/testing';
import { decodeBatchHeader } from '../../src/batch/batch-header.ts';
import type { Partition } from '../../src/partition/partition.ts';
import { fetch } from '../kafka/requests.ts';
import { TestClient } from '../kafka/test-client.ts';
import { readAll } from '../partition/partition-fixture.ts';

export type PartitionPlace = { readonly topic: string; readonly partition: number };

/** The values of all records, in order; of transactions only what was committed. Nothing may be open: it throws then. */
export async function readPartition(
  test: TestContext,
  { port, place }: { port: number; place: PartitionPlace },
): Promise<readonly string[]> {
  const client = await TestClient.connect(test, port);
  const read: Partition['read'] = async ({ offset }) => {
    const wish = { ...place, offset, partitionMaxBytes: 1_000_000 };
    const answer = await client.ask('fetch', fetch([wish], { isolationLevel: 1 }));
    const found = answer?.responses[0]?.partitions[0];
    if (found === undefined || found.errorCode !== 0)
      throw new Error(`${place.topic}-${place.partition} answers ${found?.errorCode ?? 'nothing'}`);
    if (found.lastStableOffset !== found.highWatermark)
      throw new Error(`${place.topic}-${place.partition}: a transaction is open`);
    return {
      records: splitBatches(Buffer.concat([...(found.records ?? [])])),
      abortedTransactions: found.abortedTransactions ?? [],
    } as unknown as Awaited<ReturnType<Partition['read']>>;
  };
  const records = await readAll({ startOffset: 0, read } as Pick<Partition, 'read' | 'startOffset'>);
  client.socket.destroy();
  return records.map(({ text }) => text);
}

/** The last batch of an answer may be cut short. */
function splitBatches(bytes: Buffer): readonly Buffer[] {
  const batches: Buffer[] = [];
  for (let at = 0; at + 61 <= bytes.length; ) {
    const { lengthBytes } = decodeBatchHeader(bytes.subarray(at));
    if (at + lengthBytes > bytes.length) break;
    batches.push(bytes.subarray(at, at + lengthBytes));
    at += lengthBytes;
  }
  return batches;
}
