// What is set for buckets, and which they are, remembered: every request of the S3 edge asks for it before anything else.
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

/** The id tells a bucket from another that had its name before. */
type Known = { readonly id: number; readonly configuration: BucketConfiguration };
type Options = { readonly clock: Clock; readonly metadata: MetadataSql; readonly shared: boolean };

export class BucketConfigurations {
  readonly #metadata: MetadataSql;
  readonly #shared: boolean;
  readonly #known: LookupCache<Known>;

  constructor({ clock, metadata, shared }: Options) {
    this.#metadata = metadata;
    this.#shared = shared;
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
    if (!(found instanceof Promise)) return found.configuration;
    return found.then((known) => known?.configuration ?? missing(bucket));
  }

  /** At once when it is remembered. Throws NoSuchBucket. Where others make buckets too it is looked up: it must not be old. */
  idOf(bucket: string): number | Promise<number> {
    if (this.#shared) return this.#lookUpId(bucket);
    const found = this.#known.get(bucket);
    return found instanceof Promise ? found.then((known) => known?.id ?? missing(bucket)) : found.id;
  }

  forget(bucket: string): void {
    this.#known.forget(bucket);
  }

  async #lookUpId(bucket: string): Promise<number> {
    const found = await this.#metadata.lookup('findBucket', { bucket });
    return found?.id ?? missing(bucket);
  }

  async #lookUp(bucket: string): Promise<Known | undefined> {
    try {
      checkTexts({ bucket });
      const found = await this.#metadata.lookup('findBucketConfiguration', { bucket });
      if (found === undefined) return undefined;
      const documents = Object.fromEntries(found.documents.map(({ name, document }) => [name, document]));
      return { id: found.bucket.id, configuration: { ...bucketInfo(found.bucket), documents } };
    } catch (error) {
      throw explainError(error);
    }
  }
}

function charactersOf({ configuration }: Known): number {
  return Object.values(configuration.documents).reduce((sum, text = '') => sum + text.length, 0);
}

function missing(bucket: string): never {
  throw new ObjectStorageError('NoSuchBucket', { bucket });
}
