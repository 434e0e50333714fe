// Opens blobs that lie on several drives.

import type { Clock } from '@cairn/world';
import { BlobDamagedError, type BlobReader } from '../../data/data-store.ts';
import { Generations } from '../../data/reading/generations.ts';
import { knownTrailersMax } from '../../limits.ts';
import { rankSlots } from '../layout/placement.ts';
import { type Scheme, schemeOf, shardCount } from '../layout/redundancy.ts';
import type { Trailer } from '../layout/stripes.ts';
import type { DriveSet } from '../set/drive-set.ts';
import { CopiesReader } from './copies-reader.ts';
import { isDriveTrouble, type OnTrouble } from './drive-trouble.ts';
import { OpenShards } from './open-shards.ts';
import { ShardsReader } from './shards-reader.ts';

type Opening = {
  readonly scheme: Scheme;
  readonly onTrouble: OnTrouble;
  /** What was told of while it was opened. */
  readonly failures: readonly unknown[];
};

export class DriveReaders {
  readonly #set: DriveSet;
  readonly #clock: Pick<Clock, 'nextTurn'>;
  readonly #onTrouble: OnTrouble;
  readonly #known = new Generations<number, Trailer>({ weightMax: knownTrailersMax, weightOf: () => 1 });

  constructor(parts: {
    readonly set: DriveSet;
    readonly clock: Pick<Clock, 'nextTurn'>;
    readonly onTrouble: OnTrouble;
  }) {
    this.#set = parts.set;
    this.#clock = parts.clock;
    this.#onTrouble = parts.onTrouble;
  }

  /** From the first drive of the blob's ranks, or else from the next that has it at hand. */
  readNow(blob: string, into: Buffer | undefined): Uint8Array | undefined {
    if (schemeOf(blob)?.dataShards !== 1) return undefined;
    for (const { slot, store } of rankSlots(blob, this.#set.usable)) {
      try {
        const bytes = store.readNow(blob, into);
        if (bytes !== undefined) return bytes;
      } catch (error) {
        if (!isDriveTrouble(error)) throw error;
        this.#onTrouble({ blob, slot, error });
      }
    }
    return undefined;
  }

  async open(blob: string): Promise<BlobReader | undefined> {
    const scheme = schemeOf(blob);
    return scheme === undefined ? undefined : this.#open(blob, scheme, this.#onTrouble);
  }

  /** For who looks for trouble, and tells of it otherwise. */
  openQuietly(blob: string, scheme: Scheme): Promise<BlobReader | undefined> {
    return this.#open(blob, scheme, () => {});
  }

  /** To be closed by who asked. */
  shardsOf(blob: string, scheme: Scheme, onTrouble: OnTrouble): OpenShards {
    const ranked = rankSlots(blob, this.#set.slots);
    return new OpenShards({ blob, scheme, ranked, known: this.#known, onTrouble });
  }

  async #open(blob: string, scheme: Scheme, onTrouble: OnTrouble): Promise<BlobReader | undefined> {
    const failures: unknown[] = [];
    const remembering: OnTrouble = (trouble) => {
      if (trouble.error !== undefined) failures.push(trouble.error);
      onTrouble(trouble);
    };
    const options = { scheme, onTrouble: remembering, failures };
    return scheme.dataShards === 1 ? this.#openCopies(blob, options) : this.#openShards(blob, options);
  }

  async #openCopies(blob: string, { scheme, onTrouble, failures }: Opening): Promise<BlobReader | undefined> {
    const ranked = rankSlots(blob, this.#set.slots);
    const reader = await CopiesReader.open(blob, { ranked, copies: shardCount(scheme), onTrouble });
    return reader ?? this.#absent(blob, { found: 0, needed: 1, failures });
  }

  async #openShards(blob: string, { scheme, onTrouble, failures }: Opening): Promise<BlobReader | undefined> {
    const shards = this.shardsOf(blob, scheme, onTrouble);
    try {
      await shards.openData();
      const { stripes } = shards;
      const found = shards.indexes.length;
      if (stripes !== undefined && found >= scheme.dataShards)
        return new ShardsReader(blob, { shards, stripes, clock: this.#clock, onTrouble });
      shards.close();
      return this.#absent(blob, { found, needed: scheme.dataShards, failures });
    } catch (error) {
      shards.close();
      throw error;
    }
  }

  /** There is no such blob only when every drive says so. */
  #absent(
    blob: string,
    { found, needed, failures }: { found: number; needed: number; failures: readonly unknown[] },
  ): undefined {
    const missing = this.#set.slots.filter(({ store }) => store === undefined).map(({ folder }) => folder);
    if (found === 0 && missing.length === 0 && failures.length === 0) return undefined;
    const where = missing.length === 0 ? '' : `; drives that cannot be used: ${missing.join(', ')}`;
    const detail = `${found} of ${needed} shards that are needed can be read${where}`;
    throw new BlobDamagedError(blob, { detail, cause: failures[0] });
  }
}
