// What the members of a group subscribe to, as topics that exist. What an expression matches is found once, until topics
// change. Where who may see what is asked, a member gets what its user may describe of that, as of when that was last asked.
//
// Kafka asks for the member whose heartbeat finds that topics have changed, and the answer counts for all that have the
// expression. Here it counts for those of the same user.

import type { Uuid } from '../../kafka/wire/values.ts';
import { describedTopicsLifetimeMs } from '../../limits.ts';
import type { DescribedTopics, GroupTopic, TopicsToDescribe, TopicsView } from '../group-context.ts';
import { InvalidRegexError } from '../regex/parse-regex.ts';
import { matchingWorkMax, TopicRegex } from '../regex/topic-regex.ts';
import type { StoredDescription } from '../stored-group.ts';

export type Subscription = {
  readonly topicNames: readonly string[];
  readonly topicRegex: string | null;
  readonly user: string | null;
};

type Description = {
  readonly user: string;
  readonly expression: string;
  readonly topicIds: ReadonlySet<Uuid>;
  readonly changes: number;
  readonly askedMs: number;
};

const topicIdBytes = 32;

type WhoAndWhat = { readonly user: string; readonly expression: string };

export class Subscriptions {
  readonly #topics: TopicsView;
  readonly #expressions = new Map<string, TopicRegex>();
  #matched = new Map<string, readonly Uuid[]>();
  readonly #descriptions = new Map<string, Description>();
  /** None yet. */
  #seen = -1;

  constructor(topics: TopicsView) {
    this.#topics = topics;
  }

  /** Throws InvalidRegexError, also for one that takes too long for the topics that there are. */
  requireValid(expression: string): void {
    if (this.#expressions.has(expression)) return;
    const regex = new TopicRegex(expression);
    const matched = matching(regex, this.#topics).map(({ topicId }) => topicId);
    this.#expressions.set(expression, regex);
    this.#matched.set(expression, matched);
  }

  /** Whether it was asked lately what the user may describe, and topics have not changed since. */
  isDescribed(whoAndWhat: WhoAndWhat, nowMs: number): boolean {
    const known = this.#descriptions.get(keyOf(whoAndWhat));
    return known?.changes === this.#topics.changes && nowMs - known.askedMs < describedTopicsLifetimeMs;
  }

  /** Of what users may describe, with what one of them would have; in memory and in the row. */
  bytesWith({ user }: { user: string }, { expression, topics }: DescribedTopics): number {
    const others = [...this.#descriptions]
      .filter(([key]) => key !== keyOf({ user, expression }))
      .map(([, { topicIds }]) => topicIds.size);
    return others.reduce((sum, count) => sum + count, topics.length) * topicIdBytes;
  }

  /** Takes what a user may describe, unless it is known of later topics. True when it is not what it was. */
  describe(user: string, { expression, changes, topics }: DescribedTopics, askedMs: number): boolean {
    const key = keyOf({ user, expression });
    const known = this.#descriptions.get(key);
    if (known !== undefined && known.changes > changes) return false;
    const topicIds = new Set(topics.map(({ topicId }) => topicId));
    this.#descriptions.set(key, { user, expression, topicIds, changes, askedMs });
    return known === undefined || known.topicIds.symmetricDifference(topicIds).size > 0;
  }

  /** True when topics came, went or got partitions since the last call. */
  refresh(): boolean {
    if (this.#seen === this.#topics.changes) return false;
    this.#seen = this.#topics.changes;
    this.#matched = new Map();
    return true;
  }

  topicsOf({ topicNames, topicRegex, user }: Subscription): ReadonlySet<Uuid> {
    const ids = new Set<Uuid>();
    for (const name of topicNames) {
      const topic = this.#topics.find(name);
      if (topic !== undefined) ids.add(topic.topicId);
    }
    if (topicRegex !== null) for (const id of this.#matchedBy(topicRegex, user)) ids.add(id);
    return ids;
  }

  /** All that any of them subscribes to, with the number of partitions. */
  partitionCounts(subscriptions: Iterable<Subscription>): ReadonlyMap<Uuid, number> {
    const counts = new Map<Uuid, number>();
    for (const subscription of subscriptions)
      for (const id of this.topicsOf(subscription)) {
        const topic = this.#topics.findById(id);
        if (topic !== undefined) counts.set(id, topic.partitionCount);
      }
    return counts;
  }

  /** Forgets expressions that nobody uses any more. */
  keepOnly(subscriptions: Iterable<Subscription>): void {
    const used = new Set<string | null>();
    const described = new Set<string>();
    for (const { topicRegex: expression, user } of subscriptions) {
      used.add(expression);
      if (expression !== null && user !== null) described.add(keyOf({ user, expression }));
    }
    for (const expression of this.#expressions.keys())
      if (!used.has(expression)) {
        this.#expressions.delete(expression);
        this.#matched.delete(expression);
      }
    for (const key of this.#descriptions.keys()) if (!described.has(key)) this.#descriptions.delete(key);
  }

  stored(): readonly StoredDescription[] {
    return Array.from(this.#descriptions.values(), ({ user, expression, topicIds }) => [
      user,
      expression,
      [...topicIds],
    ]);
  }

  /** As they were asked in another time: the next heartbeat asks again. */
  restore(stored: readonly StoredDescription[]): void {
    for (const [user, expression, ids] of stored)
      this.#descriptions.set(keyOf({ user, expression }), {
        ...{ user, expression, topicIds: new Set(ids), changes: -1, askedMs: 0 },
      });
  }

  #matchedBy(expression: string, user: string | null): Iterable<Uuid> {
    if (user === null) return this.#matches(expression);
    const ids = this.#descriptions.get(keyOf({ user, expression }))?.topicIds ?? new Set();
    return ids.values().filter((id) => this.#topics.findById(id) !== undefined);
  }

  #matches(expression: string): readonly Uuid[] {
    return this.#matched.getOrInsertComputed(expression, () => {
      const regex = this.#expressions.getOrInsertComputed(expression, () => new TopicRegex(expression));
      return this.#topics.all().flatMap(({ name, topicId }) => (regex.matches(name) ? [topicId] : []));
    });
  }
}

/** Throws InvalidRegexError, also for an expression that takes too long for the topics that there are. */
export function topicsToDescribe(topics: TopicsView, expression: string): TopicsToDescribe {
  const { changes } = topics;
  return { expression, changes, topics: matching(new TopicRegex(expression), topics) };
}

function matching(regex: TopicRegex, topics: TopicsView): GroupTopic[] {
  const matched: GroupTopic[] = [];
  for (const topic of topics.all()) {
    if (regex.matches(topic.name)) matched.push(topic);
    if (regex.work > matchingWorkMax)
      throw new InvalidRegexError('takes too long for the topics that there are');
  }
  return matched;
}

function keyOf({ user, expression }: WhoAndWhat): string {
  return `${user}\0${expression}`;
}
