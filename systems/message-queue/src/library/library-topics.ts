// Topics as the library's calls name them: found, or made where the broker makes topics by itself.

import { LogError } from '@cairn/engines';
import type { Topic } from '../broker/topics/topic.ts';
import type { Topics } from '../broker/topics/topics.ts';
import { libraryError } from './library-error.ts';

export type LibraryTopicsOptions = { readonly topics: Topics; readonly autoCreate: boolean };

export class LibraryTopics {
  readonly all: Topics;
  readonly #autoCreate: boolean;

  constructor({ topics, autoCreate }: LibraryTopicsOptions) {
    this.all = topics;
    this.#autoCreate = autoCreate;
  }

  /** At once when it is there. Throws LogError `unknown-topic`, `invalid-topic`. */
  require(name: string, attempted: string): Topic | Promise<Topic> {
    const found = this.all.find(name);
    if (found !== undefined) return found;
    if (!this.#autoCreate)
      throw new LogError('unknown-topic', { attempted, detail: `'${name}', and topics are not made here` });
    return this.#create(name, attempted);
  }

  async #create(name: string, attempted: string): Promise<Topic> {
    try {
      return await this.all.create({ name });
    } catch (error) {
      const found = this.all.find(name);
      // Somebody else made it meanwhile.
      if (found !== undefined) return found;
      throw libraryError(error, attempted);
    }
  }
}
