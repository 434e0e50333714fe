// All topics, by name and by id.

import type { Uuid } from '../../kafka/wire/values.ts';
import type { Topic } from './topic.ts';
import { collisionKey } from './topic-name.ts';

export class TopicIndex {
  readonly #names = new Map<string, Topic>();
  readonly #ids = new Map<Uuid, Topic>();
  /** A name by what `.` and `_` do not tell apart. */
  readonly #rivals = new Map<string, string>();
  #sorted: readonly Topic[] | undefined;
  #partitionCount = 0;

  get partitionCount(): number {
    return this.#partitionCount;
  }

  named(name: string): Topic | undefined {
    return this.#names.get(name);
  }

  identified(topicId: Uuid): Topic | undefined {
    return this.#ids.get(topicId);
  }

  rivalOf(name: string): string | undefined {
    return this.#rivals.get(collisionKey(name));
  }

  all(): readonly Topic[] {
    this.#sorted ??= [...this.#names.values()].sort((left, right) => (left.name < right.name ? -1 : 1));
    return this.#sorted;
  }

  /** Replaces what has its id. */
  add(topic: Topic): void {
    this.#partitionCount += topic.partitionCount - (this.#ids.get(topic.topicId)?.partitionCount ?? 0);
    this.#names.set(topic.name, topic);
    this.#ids.set(topic.topicId, topic);
    this.#rivals.set(collisionKey(topic.name), topic.name);
    this.#sorted = undefined;
  }

  remove(topic: Topic): void {
    this.#partitionCount -= topic.partitionCount;
    this.#names.delete(topic.name);
    this.#ids.delete(topic.topicId);
    this.#rivals.delete(collisionKey(topic.name));
    this.#sorted = undefined;
  }
}
