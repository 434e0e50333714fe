// Asks every broker once for the partitions whose lanes are idle, and gives the lanes what came. One request at a time goes to
// a broker: its fetch sessions take no more.

import type { Consumer } from '@platformatic/kafka';
import { fetchedRecords } from './fetched-records.ts';
import type { RecordLane } from './record-lane.ts';

const waitMs = 500;
/** While a lane works that may soon want more. */
const busyWaitMs = 20;
const partitionBytesMax = 1_024 * 1_024;
const responseBytesMax = 16 * 1_024 * 1_024;

export async function fetchIntoLanes(
  consumer: Consumer,
  request: { readonly lanes: readonly RecordLane[]; readonly topics: readonly string[] },
): Promise<void> {
  const { lanes } = request;
  const { topics } = await consumer.metadata({ topics: [...request.topics] });
  const idle = lanes.filter(({ isIdle }) => isIdle);
  const maxWaitTime = idle.length === lanes.length ? waitMs : busyWaitMs;
  const byLeader = Map.groupBy(
    idle,
    ({ topic, partition }) => topics.get(topic)!.partitions[partition]!.leader,
  );
  const idOf = (topic: string) => topics.get(topic)!.id;
  await Promise.all(
    Array.from(byLeader, ([node, ofNode]) => fetchFrom(consumer, { node, lanes: ofNode, maxWaitTime, idOf })),
  );
}

async function fetchFrom(
  consumer: Consumer,
  request: {
    readonly node: number;
    readonly lanes: readonly RecordLane[];
    readonly maxWaitTime: number;
    readonly idOf: (topic: string) => string;
  },
): Promise<void> {
  const { node, lanes, maxWaitTime, idOf } = request;
  const topics = Array.from(
    Map.groupBy(lanes, ({ topic }) => topic),
    ([topic, ofTopic]) => ({ topicId: idOf(topic), partitions: ofTopic.map(wantedOf) }),
  );
  const size = { maxBytes: responseBytesMax, minBytes: 1 };
  const response = await consumer.fetch({ node, topics, maxWaitTime, ...size });
  const wanted = new Map(lanes.map((lane) => [`${idOf(lane.topic)}/${lane.partition}`, lane]));
  for (const { topicId, partitions } of response.responses)
    for (const fetched of partitions) {
      const lane = wanted.get(`${topicId}/${fetched.partitionIndex}`);
      // One that was lost meanwhile, or answered from what the broker remembers, is not waited for.
      if (lane === undefined || !lane.isIdle) continue;
      const { topic, partition, fetchOffset: offset } = lane;
      const found = fetchedRecords(fetched, { topic, partition, offset });
      if (found.nextOffset > offset) lane.take(found);
    }
}

function wantedOf({ partition, fetchOffset }: RecordLane) {
  return {
    ...{ partition, fetchOffset: BigInt(fetchOffset), partitionMaxBytes: partitionBytesMax },
    ...{ currentLeaderEpoch: -1, lastFetchedEpoch: -1 },
  };
}
