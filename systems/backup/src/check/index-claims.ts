// What all index objects say, pack by pack: to be compared with the packs themselves. Of packs that are as they should be only a
// digest of their entries is kept.

import { blake3 } from '@napi-rs/blake-hash';
import type { Repository } from '../core/repository.ts';
import { inParallel } from '../core/store/in-parallel.ts';
import type { ListedObject } from '../core/store/list-all.ts';
import { readWhole } from '../core/store/read-whole.ts';
import { isDamage } from '../core/store/store-error.ts';
import { BackupError } from '../errors.ts';
import { decodeIndexObject } from '../format/index-object.ts';
import { objectName } from '../format/object-names.ts';
import { contentId } from '../packing/open-pack.ts';
import type { PackSummary } from '../packing/sealed-pack.ts';
import { damage, type Finding } from './finding.ts';

export type PackClaim = {
  readonly sizeBytes: number;
  readonly entryCount: number;
  /** Of the entries, as in a footer. */
  readonly entriesBytes: number;
  readonly digest: string;
  /** Ids of the index objects that say so. */
  readonly objects: string[];
  /** Kept where `keep` asked for it. */
  readonly summary?: PackSummary;
};

export type IndexClaims = {
  readonly packs: ReadonlyMap<string, PackClaim>;
  readonly findings: readonly Finding[];
  /** Ids of index objects whose bytes were altered, or that the store cannot read: nothing can be read from them. */
  readonly altered: readonly string[];
  /** Ids of index objects that are authentic but could not be read, such as those of a newer version. */
  readonly unreadable: readonly string[];
  /** What each readable index object names. */
  readonly packsOf: ReadonlyMap<string, readonly string[]>;
};

const objectsAtOnce = 8;

export type ReadClaimsOptions = {
  /** Whether entries of a pack are kept: those that its own footer is not there for. */
  readonly keep: (packId: string) => boolean;
  readonly onObject?: () => void;
  readonly signal?: AbortSignal | undefined;
};

/** An object that is gone meanwhile is passed over: what `gc` replaced is in another one. */
export async function readIndexClaims(
  repository: Repository,
  listed: readonly ListedObject[],
  options: ReadClaimsOptions,
): Promise<IndexClaims> {
  const reading = new ClaimsReader(repository, options);
  await inParallel(listed, objectsAtOnce, async (object) => {
    options.signal?.throwIfAborted();
    await reading.read(object);
    options.onObject?.();
  });
  return reading;
}

class ClaimsReader implements IndexClaims {
  readonly packs = new Map<string, PackClaim>();
  readonly findings: Finding[] = [];
  readonly altered: string[] = [];
  readonly unreadable: string[] = [];
  readonly packsOf = new Map<string, readonly string[]>();
  readonly #repository: Repository;
  readonly #options: ReadClaimsOptions;

  constructor(repository: Repository, options: ReadClaimsOptions) {
    this.#repository = repository;
    this.#options = options;
  }

  async read({ id, name }: ListedObject): Promise<void> {
    try {
      const bytes = await this.#bytesOf(name);
      if (bytes === undefined) return;
      if (typeof bytes === 'string') return this.#addAltered(id, name, bytes);
      if (contentId(bytes) !== id)
        return this.#addAltered(id, name, 'its bytes are not those it is named after');
      const summaries = decodeIndexObject(this.#repository.objects.openIndexObject(id, bytes), name);
      this.packsOf.set(
        id,
        summaries.map((summary) => summary.id),
      );
      for (const summary of summaries) this.#add(id, summary);
    } catch (error) {
      if (!(error instanceof BackupError) || error.code === 'store') throw error;
      this.unreadable.push(id);
      this.findings.push(damage(name, error.detail ?? error.message));
    }
  }

  /** A text where there are none to be had. */
  async #bytesOf(name: string): Promise<Buffer | string | undefined> {
    const { blobs, world } = this.#repository;
    try {
      return await readWhole({ blobs, world, name });
    } catch (error) {
      if (!isDamage(error)) throw error;
      return error.detail ?? error.message;
    }
  }

  #addAltered(id: string, name: string, problem: string): void {
    this.altered.push(id);
    this.findings.push(damage(name, problem));
  }

  #add(object: string, summary: PackSummary): void {
    const known = this.packs.get(summary.id);
    const digest = digestOf(summary);
    if (known === undefined) {
      const { sizeBytes, entryCount, entries } = summary;
      const kept = this.#options.keep(summary.id) ? { summary } : {};
      const claim = { sizeBytes, entryCount, entriesBytes: entries.length, digest, objects: [object] };
      this.packs.set(summary.id, { ...claim, ...kept });
      return;
    }
    known.objects.push(object);
    if (known.digest !== digest) this.findings.push(disagreement(object, summary.id));
  }
}

function disagreement(object: string, packId: string): Finding {
  return damage(objectName('index', object), `another index object says something else of pack ${packId}`);
}

/** Equal for packs of which the same is said. */
export function digestOf({ type, epoch, salt, sizeBytes, entryCount, entries }: PackSummary): string {
  const head = Buffer.from(
    `${type} ${epoch} ${sizeBytes} ${entryCount} ${Buffer.from(salt).toString('hex')} `,
  );
  return blake3(Buffer.concat([head, entries])).toString('latin1');
}

/** What index objects say of one pack, read again from those that name it. Undefined when none can be read any more. */
export async function readPackSummary(
  repository: Repository,
  packId: string,
  objects: readonly string[],
): Promise<PackSummary | undefined> {
  const { blobs, world } = repository;
  for (const id of objects) {
    const name = objectName('index', id);
    const bytes = await readWhole({ blobs, world, name });
    if (bytes === undefined) continue;
    const summaries = decodeIndexObject(repository.objects.openIndexObject(id, bytes), name);
    const found = summaries.find((summary) => summary.id === packId);
    if (found !== undefined) return found;
  }
  return undefined;
}
