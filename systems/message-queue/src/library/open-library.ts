// The broker as a library uses it: an engine of the log port, without a connection between.

import type { EngineSubscribe, LogEngine, Subscription } from '@cairn/engines';
import type { Log as EventLog } from '@cairn/telemetry';
import type { World } from '@cairn/world';
import type { TopicAppends } from '../broker/topic-appends.ts';
import type { Topics } from '../broker/topics/topics.ts';
import type { GroupCoordinator } from '../groups/group-coordinator.ts';
import { LibraryTopics } from './library-topics.ts';
import { Producer } from './produce/producer.ts';
import { GroupSubscription } from './subscribe/group-subscription.ts';
import { leaveForTheDead } from './subscribe/library-context.ts';

export type LibraryOptions = {
  readonly topics: Topics;
  /** What is produced goes straight to partitions where it is missing. */
  readonly appends?: Pick<TopicAppends, 'append'>;
  readonly groups: GroupCoordinator;
  readonly world: World;
  readonly log: EventLog;
  readonly autoCreateTopics: boolean;
  /** Called with how many records a group's filter kept away. */
  readonly onDropped?: ((records: number) => void) | undefined;
};

/** Before anybody can be a member of a group. What it was given stays the caller's, and outlives it. */
export async function openLibrary(options: LibraryOptions): Promise<LogEngine> {
  const { groups, world, log, onDropped } = options;
  const topics = new LibraryTopics({ topics: options.topics, autoCreate: options.autoCreateTopics });
  const producer = new Producer({ topics, world, appends: options.appends });
  const produce: LogEngine['produce'] = (request) => producer.produce(request);
  await leaveForTheDead(groups);
  return {
    produce,
    async subscribe(request: EngineSubscribe): Promise<Subscription> {
      const attempted = `subscribe '${request.group}'`;
      for (const topic of request.topics) await topics.require(topic, attempted);
      return GroupSubscription.start({ request, groups, topics, world, log, produce, onDropped });
    },
    close: async () => {},
  };
}
