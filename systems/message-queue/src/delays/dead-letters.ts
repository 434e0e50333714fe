// Where dead letters of a retry topic go: to the topic of its setting, which is made when it is missing and topics may be.

import type { Topic } from '../broker/topics/topic.ts';
import type { DelaySettings } from '../broker/topics/topic-settings.ts';
import { TopicsError } from '../broker/topics/topics-error.ts';
import { PartitionError } from '../partition/partition.ts';
import type { DelayTopics } from './delay-parts.ts';
import type { PartitionName } from './store/taking-in.ts';

export class DeadLetters {
  readonly #topics: Pick<DelayTopics, 'find' | 'create'>;
  readonly #autoCreateTopics: boolean;

  constructor(options: {
    readonly topics: Pick<DelayTopics, 'find' | 'create'>;
    readonly autoCreateTopics: boolean;
  }) {
    this.#topics = options.topics;
    this.#autoCreateTopics = options.autoCreateTopics;
  }

  /**
   * For letters from a partition of this number. Throws PartitionError: POLICY_VIOLATION when there is no such topic,
   * INVALID_RECORD for letters without a key when it is compacted, which would remove them.
   */
  async placeOf(
    { deadLetterTopic = '' }: DelaySettings,
    { partition, haveKeys }: { readonly partition: number; readonly haveKeys: boolean },
  ): Promise<PartitionName> {
    const topic = this.#topics.find(deadLetterTopic) ?? (await this.#create(deadLetterTopic));
    if (topic.settings.isCompacted && !haveKeys) {
      const detail = `the dead letter topic '${deadLetterTopic}' is compacted by keys, and a record has none`;
      throw new PartitionError('INVALID_RECORD', detail);
    }
    return { topicId: topic.topicId, partition: partition % topic.partitionCount };
  }

  async #create(name: string): Promise<Topic> {
    if (!this.#autoCreateTopics)
      throw new PartitionError(
        'POLICY_VIOLATION',
        `there is no dead letter topic '${name}', and topics are not made by themselves`,
      );
    try {
      return await this.#topics.create({ name });
    } catch (error) {
      const made = this.#topics.find(name);
      if (made !== undefined) return made;
      if (!(error instanceof TopicsError)) throw error;
      const detail = `the dead letter topic '${name}' cannot be made: ${error.message}`;
      throw new PartitionError('POLICY_VIOLATION', detail, { cause: error });
    }
  }
}
