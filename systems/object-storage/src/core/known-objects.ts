// The rows of current objects that were read lately, remembered: most reads are of what was read a moment ago.
//
// The invariant is that of the store itself: whoever asks sees every write that was acknowledged before, and nobody sees
// what was before a write once somebody saw what is after it. So a key is forgotten when a write that may change it is
// sent, not only when it is answered: it may be committed, and seen by others, long before its answer is here. From then
// until the answer, whatever it is, nothing of that key is remembered. An answer that was lost counts as one: the engine
// lets no lookup after it see a state from before it. A lookup that any write was sent or answered under is not
// remembered either: nobody knows which came first.
//
// A write of the background knows a bucket by the number of its rows only. A row that is remembered says which name that is;
// of a bucket without any, there is nothing to forget.
//
// Rows are remembered as texts (packed-row.ts), of which there is room for many. What is made of one is kept too once it is
// asked for again soon.
//
// All of this holds where every write comes through here. Where other processes write too, nothing is remembered.

import { Generations } from '../data/reading/generations.ts';
import { SeenLately } from '../data/reading/seen-lately.ts';
import { knownBucketsMax, unpackedObjectsMax } from '../limits.ts';
import {
  type ChangedName,
  type ChangedObjects,
  type ChangesOfWrites,
  changesOfWrites,
  type ObjectName,
} from '../metadata/changed-objects.ts';
import type { FoundObject } from '../metadata/current-object.ts';
import type { MetadataSql } from '../metadata/store.ts';
import { infoOf } from './object-rows.ts';
import type { ObjectInfo } from './object-storage.ts';
import { packedRow, unpackedRow } from './packed-row.ts';

type Name = keyof ChangesOfWrites;

/**
 * What is remembered of one bucket stands under its token, which is never given again: so all of it is forgotten with the
 * token, and stays where it is until others take its place.
 */
type KnownBucket = { readonly name: string; readonly number: number; readonly token: number };

/** A row, and what it says: worked out once, since it is asked for again and again. Nobody may change either. */
class KnownObject {
  readonly row: FoundObject;
  readonly #bucket: KnownBucket;
  #info: ObjectInfo | undefined;
  /** The same one is given to who asks next. */
  isKept = false;

  constructor(bucket: KnownBucket, row: FoundObject) {
    this.row = row;
    this.#bucket = bucket;
  }

  get info(): ObjectInfo {
    this.#info ??= infoOf(this.#bucket.name, this.row);
    return this.#info;
  }
}

export class KnownObjects {
  readonly #metadata: MetadataSql;
  readonly #changes: ChangesOfWrites;
  readonly #known: Generations<string, string>;
  readonly #unpacked: Generations<string, KnownObject>;
  readonly #asked = new SeenLately({ slots: unpackedObjectsMax });
  /** Those with remembered rows, each by its name and by its number. */
  readonly #buckets = new Map<string | number, KnownBucket>();
  #tokens = 0;
  /**
   * Of the writes under way, what each may change. Not by name: every write would pay for finding it, and hardly any look
   * is remembered while there are many.
   */
  readonly #changing = new Set<readonly ChangedName[]>();
  #changingAll = 0;
  /** Counts the writes that were sent, and those that were answered. */
  #moment = 0;

  /** With `charactersMax` 0 nothing is remembered. `changes` are those of the store; others only prove a test. */
  constructor(options: {
    readonly metadata: MetadataSql;
    readonly charactersMax: number;
    readonly changes?: ChangesOfWrites | undefined;
  }) {
    this.#metadata = options.metadata;
    this.#changes = options.changes ?? changesOfWrites;
    this.#known = new Generations({ weightMax: options.charactersMax, weightOf });
    this.#unpacked = new Generations({ weightMax: unpackedObjectsMax, weightOf: () => 1 });
  }

  /** If it is remembered. */
  now({ bucket: bucketName, key }: ObjectName): KnownObject | undefined {
    const bucket = this.#buckets.get(bucketName);
    if (bucket === undefined) return undefined;
    const name = nameIn(bucket, key);
    const unpacked = this.#unpacked.get(name);
    if (unpacked !== undefined) return unpacked;
    const packed = this.#known.get(name);
    if (packed === undefined) return undefined;
    const known = new KnownObject(bucket, unpackedRow(packed, bucket.number));
    if (this.#asked.note(chanceOf(known.row))) this.#keep(name, known);
    return known;
  }

  #keep(name: string, known: KnownObject): void {
    known.isKept = true;
    this.#unpacked.set(name, known);
  }

  /** Looks it up. */
  async find(name: ObjectName): Promise<FoundObject | 'NoSuchBucket' | 'NoSuchKey'> {
    const moment = this.#moment;
    const own = { bucket: copyOf(name.bucket), key: copyOf(name.key) };
    const found = await this.#metadata.lookup('findObject', own);
    if (typeof found !== 'string' && moment === this.#moment) this.#remember(own, found);
    return found;
  }

  /** The store, whose writes are noted here from now on. */
  noting(): MetadataSql {
    const metadata = this.#metadata;
    return {
      write: (name, input) => {
        const changed = this.#changedBy(name, input);
        if (changed === 'none') return metadata.write(name, input);
        this.#sent(changed);
        return metadata.write(name, input).then(
          (output) => {
            this.#answered(changed);
            return output;
          },
          (error: unknown) => {
            this.#answered(changed);
            throw error;
          },
        );
      },
      read: (name, input) => metadata.read(name, input),
      lookup: (name, input) => metadata.lookup(name, input),
      check: () => metadata.check(),
      close: () => metadata.close(),
    };
  }

  #changedBy(name: Name, input: unknown): ChangedObjects {
    const changes = this.#changes[name];
    return typeof changes === 'function' ? changes(input as never) : changes;
  }

  #remember(name: ObjectName, row: FoundObject): void {
    if (this.#changingAll > 0 || this.#isChanging(name, row.bucket)) return;
    this.#known.set(nameIn(this.#bucketOf(name.bucket, row.bucket), name.key), packedRow(row));
    this.#asked.note(chanceOf(row));
  }

  #bucketOf(name: string, number: number): KnownBucket {
    const known = this.#buckets.get(number);
    if (known !== undefined) return known;
    // Each has two names.
    if (this.#buckets.size >= 2 * knownBucketsMax) this.#forgetAll();
    this.#tokens += 1;
    const bucket = { name, number, token: this.#tokens };
    this.#buckets.set(name, bucket);
    this.#buckets.set(number, bucket);
    return bucket;
  }

  #sent(changed: 'all' | readonly ChangedName[]): void {
    this.#moment++;
    if (changed === 'all') {
      this.#changingAll++;
      this.#forgetAll();
      return;
    }
    this.#changing.add(changed);
    if (this.#known.weight + this.#unpacked.weight === 0) return;
    for (const name of changed) this.#forget(name);
  }

  #forget({ bucket, key }: ChangedName): void {
    const known = this.#buckets.get(bucket);
    if (known === undefined) return;
    if (key !== undefined) {
      const name = nameIn(known, key);
      this.#known.delete(name);
      this.#unpacked.delete(name);
      return;
    }
    this.#buckets.delete(known.name);
    this.#buckets.delete(known.number);
  }

  #forgetAll(): void {
    this.#known.clear();
    this.#unpacked.clear();
    this.#buckets.clear();
  }

  #answered(changed: 'all' | readonly ChangedName[]): void {
    this.#moment++;
    if (changed === 'all') {
      this.#changingAll--;
      return;
    }
    this.#changing.delete(changed);
  }

  #isChanging({ bucket, key }: ObjectName, number: number): boolean {
    const isMeant = (name: ChangedName) =>
      (name.bucket === bucket || name.bucket === number) && (name.key === undefined || name.key === key);
    for (const changed of this.#changing) if (changed.some(isMeant)) return true;
    return false;
  }
}

/** What is remembered would keep the whole head of the request that it is a slice of. */
function copyOf(text: string): string {
  return Buffer.from(text).toString();
}

function nameIn({ token }: KnownBucket, key: string): string {
  return `${token} ${key}`;
}

/** The last digits of a blob's id. */
function chanceOf({ data }: FoundObject): number {
  return Number.parseInt(data.slice(-8), 16);
}

/** Of the texts' own objects, their names and their places in the table. The name holds the key, as the text does. */
const overheadCharacters = 96;

function weightOf(packed: string): number {
  return overheadCharacters + packed.length;
}
