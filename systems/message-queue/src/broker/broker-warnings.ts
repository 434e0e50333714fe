// What the operator should know of a broker that works: what is refused, closed or waits, and what to do about it.

import type { SpaceGuard } from '@cairn/resilience';
import type { Queues } from '../queues/queues.ts';
import type { HangingTransactions } from '../transactions/hanging-transactions.ts';
import type { Tiering } from './open-tiering.ts';
import type { TopicAppends } from './topic-appends.ts';
import type { Topics } from './topics/topics.ts';

export type WatchedParts = {
  readonly topics: Topics;
  readonly queues: Queues;
  readonly appends: TopicAppends;
  readonly hanging: HangingTransactions;
  readonly tiering: Tiering;
  /** Absent where nothing is kept free. */
  readonly space: SpaceGuard | undefined;
  readonly reserveBytes: number;
};

export function brokerWarnings(parts: WatchedParts): readonly string[] {
  const { topics, queues, appends, hanging, tiering, space, reserveBytes } = parts;
  return [
    ...when(
      space?.isShort === true,
      `producers are refused: less than ${reserveBytes} bytes would be left free`,
    ),
    ...tiering.warnings(topics),
    ...topics.damaged().map(({ name }) => `the topic ${name} is closed: its row is damaged, repair it`),
    ...queues.damaged().map((name) => `the queue ${name} is closed: its row is damaged`),
    ...when(appends.failure !== undefined, delaysWait),
    ...appends
      .undelivered()
      .map((name) => `what is due in ${name} is not delivered: its row is damaged, repair it`),
    ...hanging.partitions().map((name) => `a transaction hangs in ${name}: its marker was lost, repair it`),
  ];
}

function when(holds: boolean, warning: string): readonly string[] {
  return holds ? [warning] : [];
}

const delaysWait =
  'the store of delayed records cannot be opened: they wait, and topics with delays take no records';
