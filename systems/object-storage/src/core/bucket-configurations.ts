// What is set for buckets, remembered: every request of the S3 edge asks for it before anything else.
//
// The invariant is that of the cache: once a change was acknowledged, or failed, nothing that was read before it is given
// out. Alone on its database a process believes what it remembers for ever; on one that others change too, for two
// seconds, which is how long a policy may outlive its change there.

import { LookupCache } from '@cairn/engines';
import type { Clock } from '@cairn/world';
import { ObjectStorageError } from '../errors.ts';
import {
  bucketConfigurationCharactersMax,
  bucketConfigurationsMax,
  sharedConfigurationLifetimeMs,
} from '../limits.ts';
import type { MetadataSql } from '../metadata/store.ts';
import { bucketInfo } from './buckets.ts';
import { explainError } from './explain-error.ts';
import { checkTexts } from './names.ts';
import type { BucketConfiguration } from './object-storage.ts';

/** The document that says with what a bucket encrypts: the core reads it too, so that it holds for every caller. */
export const encryptionDocument = 'encryption';

type Options = { readonly clock: Clock; readonly metadata: MetadataSql; readonly shared: boolean };

export class BucketConfigurations {
  readonly #metadata: MetadataSql;
  readonly #known: LookupCache<BucketConfiguration>;

  constructor({ clock, metadata, shared }: Options) {
    this.#metadata = metadata;
    this.#known = new LookupCache({
      clock,
      entriesMax: bucketConfigurationsMax,
      weight: { of: charactersOf, max: bucketConfigurationCharactersMax },
      lifetimeMs: shared ? sharedConfigurationLifetimeMs : undefined,
      lookUp: (bucket) => this.#lookUp(bucket),
    });
  }

  /** At once when it is remembered. Throws NoSuchBucket. */
  get(bucket: string): BucketConfiguration | Promise<BucketConfiguration> {
    const found = this.#known.get(bucket);
    return found instanceof Promise ? found.then((known) => known ?? missing(bucket)) : found;
  }

  forget(bucket: string): void {
    this.#known.forget(bucket);
  }

  async #lookUp(bucket: string): Promise<BucketConfiguration | undefined> {
    try {
      checkTexts({ bucket });
      const found = await this.#metadata.lookup('findBucketConfiguration', { bucket });
      if (found === undefined) return undefined;
      const documents = Object.fromEntries(found.documents.map(({ name, document }) => [name, document]));
      return { ...bucketInfo(found.bucket), documents };
    } catch (error) {
      throw explainError(error);
    }
  }
}

function charactersOf({ documents }: BucketConfiguration): number {
  return Object.values(documents).reduce((sum, text = '') => sum + text.length, 0);
}

function missing(bucket: string): never {
  throw new ObjectStorageError('NoSuchBucket', { bucket });
}
