// What the members of a group subscribe to, as topics that exist. What an expression matches is found once, until topics
// change. Where who may see what is asked, a member gets what its user may describe of that, as of when that was last asked.
//
// Kafka asks for the member whose heartbeat finds that topics have changed, and the answer counts for all that have the
// expression. Here it counts for those of the same user at the same address, as ACLs and policies may ask for both. Answers to one
// user that are equal, as they mostly are, are kept once.

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
  readonly clientHost: string;
};

type Description = {
  readonly user: string;
  readonly clientHost: string;
  readonly expression: string;
  readonly topicIds: ReadonlySet<Uuid>;
  readonly changes: number;
  readonly askedMs: number;
};

const topicIdBytes = 32;

/** Besides its topics. */
const descriptionBytes = 64;
/** Of answers from before addresses were told apart: taken for all of a user until they are asked again. */
const anyHost = '';

export type Who = { readonly user: string; readonly clientHost: string };
type WhoAndWhat = Who & { readonly expression: string };

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
  bytesWith(who: Who, { expression, topics }: DescribedTopics): number {
    const key = keyOf({ ...who, expression });
    const others = [...this.#descriptions].filter(([known]) => known !== key).map(([, one]) => one);
    const sets = new Set(others.map(({ topicIds }) => topicIds));
    const topicIds = new Set(topics.map(({ topicId }) => topicId));
    sets.add(this.#sameSet({ ...who, expression, topicIds }, others));
    const ids = [...sets].reduce((sum, { size }) => sum + size, 0);
    return ids * topicIdBytes + (others.length + 1) * descriptionBytes;
  }

  /** Takes what a user may describe, unless it is known of later topics. True when it is not what it was. */
  describe(who: Who, { expression, changes, topics }: DescribedTopics, askedMs: number): boolean {
    const { user, clientHost } = who;
    const key = keyOf({ ...who, expression });
    const known = this.#descriptions.get(key);
    if (known !== undefined && known.changes > changes) return false;
    const fresh = new Set(topics.map(({ topicId }) => topicId));
    const topicIds = this.#sameSet({ user, expression, topicIds: fresh }, this.#descriptions.values());
    this.#descriptions.set(key, { user, clientHost, expression, topicIds, changes, askedMs });
    const before = known ?? this.#descriptions.get(keyOf({ user, clientHost: anyHost, expression }));
    return before === undefined || before.topicIds.symmetricDifference(topicIds).size > 0;
  }

  /** The one that is kept already, of the same user and expression. */
  #sameSet(
    { user, expression, topicIds }: Pick<Description, 'user' | 'expression' | 'topicIds'>,
    others: Iterable<Description>,
  ): ReadonlySet<Uuid> {
    for (const other of others)
      if (
        other.user === user &&
        other.expression === expression &&
        other.topicIds.size === topicIds.size &&
        other.topicIds.isSubsetOf(topicIds)
      )
        return other.topicIds;
    return topicIds;
  }

  /** True when topics came, went or got partitions since the last call. */
  refresh(): boolean {
    if (this.#seen === this.#topics.changes) return false;
    this.#seen = this.#topics.changes;
    this.#matched = new Map();
    return true;
  }

  topicsOf({ topicNames, topicRegex, user, clientHost }: Subscription): ReadonlySet<Uuid> {
    const ids = new Set<Uuid>();
    for (const name of topicNames) {
      const topic = this.#topics.find(name);
      if (topic !== undefined) ids.add(topic.topicId);
    }
    if (topicRegex !== null) for (const id of this.#matchedBy(topicRegex, user, clientHost)) ids.add(id);
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
    for (const { topicRegex: expression, user, clientHost } of subscriptions) {
      used.add(expression);
      if (expression === null || user === null) continue;
      const key = keyOf({ user, clientHost, expression });
      described.add(this.#descriptions.has(key) ? key : keyOf({ user, clientHost: anyHost, expression }));
    }
    for (const expression of this.#expressions.keys())
      if (!used.has(expression)) {
        this.#expressions.delete(expression);
        this.#matched.delete(expression);
      }
    for (const key of this.#descriptions.keys()) if (!described.has(key)) this.#descriptions.delete(key);
  }

  stored(): readonly StoredDescription[] {
    const bySet = Map.groupBy(this.#descriptions.values(), ({ topicIds }) => topicIds);
    return Array.from(bySet, ([topicIds, same]) => {
      const [{ user, expression }] = same as [Description];
      return [user, expression, [...topicIds], same.map(({ clientHost }) => clientHost)];
    });
  }

  /** As they were asked in another time: the next heartbeat asks again. */
  restore(stored: readonly StoredDescription[]): void {
    for (const [user, expression, ids, clientHosts = [anyHost]] of stored) {
      const topicIds = new Set(ids);
      for (const clientHost of clientHosts)
        this.#descriptions.set(keyOf({ user, clientHost, expression }), {
          ...{ user, clientHost, expression, topicIds, changes: -1, askedMs: 0 },
        });
    }
  }

  #matchedBy(expression: string, user: string | null, clientHost: string): Iterable<Uuid> {
    if (user === null) return this.#matches(expression);
    const known =
      this.#descriptions.get(keyOf({ user, clientHost, expression })) ??
      this.#descriptions.get(keyOf({ user, clientHost: anyHost, expression }));
    const ids = known?.topicIds ?? new Set<Uuid>();
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

function keyOf({ user, clientHost, expression }: WhoAndWhat): string {
  return `${user}\0${clientHost}\0${expression}`;
}
