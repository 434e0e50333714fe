// Where lanes begin, where they go on, and what is committed of them.

import type { Consumer } from '@platformatic/kafka';
import type { EngineSubscribe } from '../log-engine.ts';
import type { RecordLane } from './record-lane.ts';

export type AssignedPartition = { readonly topic: string; readonly partition: number };

/** As times, in ListOffsets. */
const times = { earliest: -2n, latest: -1n } as const;

export class KafkaOffsets {
  readonly #consumer: Consumer;
  readonly #from: EngineSubscribe['from'];

  constructor(consumer: Consumer, from: EngineSubscribe['from']) {
    this.#consumer = consumer;
    this.#from = from;
  }

  /** What the group has committed, or where a group begins that has committed nothing. */
  async startOf(
    places: readonly AssignedPartition[],
  ): Promise<readonly { readonly offset: number; readonly committed: boolean }[]> {
    if (places.length === 0) return [];
    const topics = Array.from(
      Map.groupBy(places, ({ topic }) => topic),
      ([topic, of]) => ({ topic, partitions: of.map(({ partition }) => partition) }),
    );
    const committed = await this.#consumer.listCommittedOffsets({ topics });
    return Promise.all(
      places.map(async (place) => {
        const known = Number(committed.get(place.topic)?.[place.partition] ?? -1n);
        if (known >= 0) return { offset: known, committed: true };
        return { offset: await this.#at(place, this.#from), committed: false };
      }),
    );
  }

  /** Where retention took what was not handled, with the oldest record that is there. */
  async stayWithin(lanes: readonly RecordLane[]): Promise<void> {
    for (const lane of lanes) {
      if (!lane.isIdle) continue;
      const [first, end] = await Promise.all([this.#at(lane, 'earliest'), this.#at(lane, 'latest')]);
      lane.fetchOffset = Math.min(Math.max(lane.fetchOffset, first), end);
    }
  }

  async commit(lanes: readonly RecordLane[]): Promise<void> {
    const moved = lanes.filter(({ offset, committedOffset }) => offset > committedOffset);
    if (moved.length === 0) return;
    const offsets = moved.map(({ topic, partition, offset }) => ({ topic, partition, offset }));
    await this.#consumer.commit({
      offsets: offsets.map((each) => ({ ...each, offset: BigInt(each.offset), leaderEpoch: -1 })),
    });
    for (const [index, lane] of moved.entries()) lane.committedOffset = offsets[index]!.offset;
  }

  /** One request for each: librdkafka's own cluster answers nonsense when it is asked for several. */
  async #at({ topic, partition }: AssignedPartition, time: keyof typeof times): Promise<number> {
    const found = await this.#consumer.listOffsets({
      ...{ topics: [topic], partitions: { [topic]: [partition] }, timestamp: times[time] },
    });
    return Number(found.get(topic)?.[partition] ?? 0n);
  }
}
