// What the members of a group subscribe to, as topics that exist. What an expression matches is found once, until topics
// change.

import type { Uuid } from '../../kafka/wire/values.ts';
import type { TopicsView } from '../group-context.ts';
import { InvalidRegexError } from '../regex/parse-regex.ts';
import { matchingWorkMax, TopicRegex } from '../regex/topic-regex.ts';

export type Subscription = { readonly topicNames: readonly string[]; readonly topicRegex: string | null };

export class Subscriptions {
  readonly #topics: TopicsView;
  readonly #expressions = new Map<string, TopicRegex>();
  #matched = new Map<string, readonly Uuid[]>();
  /** None yet. */
  #seen = -1;

  constructor(topics: TopicsView) {
    this.#topics = topics;
  }

  /** Throws InvalidRegexError, also for one that takes too long for the topics that there are. */
  requireValid(expression: string): void {
    if (this.#expressions.has(expression)) return;
    const regex = new TopicRegex(expression);
    const matched: Uuid[] = [];
    for (const { name, topicId } of this.#topics.all()) {
      if (regex.matches(name)) matched.push(topicId);
      if (regex.work > matchingWorkMax)
        throw new InvalidRegexError('takes too long for the topics that there are');
    }
    this.#expressions.set(expression, regex);
    this.#matched.set(expression, matched);
  }

  /** True when topics came, went or got partitions since the last call. */
  refresh(): boolean {
    if (this.#seen === this.#topics.changes) return false;
    this.#seen = this.#topics.changes;
    this.#matched = new Map();
    return true;
  }

  topicsOf({ topicNames, topicRegex }: Subscription): ReadonlySet<Uuid> {
    const ids = new Set<Uuid>();
    for (const name of topicNames) {
      const topic = this.#topics.find(name);
      if (topic !== undefined) ids.add(topic.topicId);
    }
    if (topicRegex !== null) for (const id of this.#matches(topicRegex)) ids.add(id);
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
    const used = new Set(Array.from(subscriptions, ({ topicRegex }) => topicRegex));
    for (const expression of this.#expressions.keys())
      if (!used.has(expression)) {
        this.#expressions.delete(expression);
        this.#matched.delete(expression);
      }
  }

  #matches(expression: string): readonly Uuid[] {
    return this.#matched.getOrInsertComputed(expression, () => {
      const regex = this.#expressions.getOrInsertComputed(expression, () => new TopicRegex(expression));
      return this.#topics.all().flatMap(({ name, topicId }) => (regex.matches(name) ? [topicId] : []));
    });
  }
}
