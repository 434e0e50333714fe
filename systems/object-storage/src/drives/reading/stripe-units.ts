// The units of a blob's stripes, one stripe after the other, from as few drives as suffice: those of data, or any k.
//
// A shard that fails costs its stripe a second, careful look: unit by unit, from every drive until k have answered. So two
// shards that are rotten in different places still give all of the blob. Afterwards the shard is left alone, unless fewer
// than k others are left.

import { BlobDamagedError, type PromptChunks } from '../../data/data-store.ts';
import { shardCount } from '../layout/redundancy.ts';
import { reedSolomonOf } from '../layout/reed-solomon.ts';
import { type Stripes, unitBytesMax } from '../layout/stripes.ts';
import { isDriveTrouble, type OnTrouble } from './drive-trouble.ts';
import type { OpenShard, OpenShards } from './open-shards.ts';

/** By index; undefined where it was not needed. */
export type Units = (Uint8Array | undefined)[];

export type StripeRange = {
  readonly first: number;
  readonly last: number;
  readonly wanted: readonly number[];
};

export type StartedShard = { readonly shard: OpenShard; readonly chunks: PromptChunks };

export type StripeUnitsParts = {
  readonly blob: string;
  readonly shards: OpenShards;
  readonly stripes: Stripes;
  readonly onTrouble: OnTrouble;
  /** Not to be read unless there is no other way. */
  readonly suspect?: ReadonlySet<number>;
};

/** The shard that failed; `cause` says how. */
export class ShardFailed extends Error {
  readonly shard: OpenShard;

  constructor(shard: OpenShard, cause: unknown) {
    super(`shard ${shard.index} failed`, { cause });
    this.shard = shard;
  }
}

export class StripeUnits {
  readonly #parts: StripeUnitsParts;
  readonly #suspect: Set<number>;

  constructor(parts: StripeUnitsParts) {
    this.#parts = parts;
    this.#suspect = new Set(parts.suspect);
  }

  /** The wanted shards, to be read unit by unit; undefined when they are not all there and sound. */
  startDirectly(range: StripeRange): readonly StartedShard[] | undefined {
    const direct = this.#direct(range.wanted);
    return direct && this.#started(direct, range);
  }

  /** Of `startDirectly`: that shard is not read any more where there is another way. */
  failed({ shard, cause }: ShardFailed): void {
    this.#failed(shard, cause);
  }

  /** Stripes `first` to `last`, with the units `wanted` of each. Units are valid until the next stripe is asked for. */
  async *read(range: StripeRange): AsyncGenerator<{ readonly stripe: number; readonly units: Units }> {
    for (let stripe = range.first; stripe <= range.last; ) {
      const chosen = await this.#choose(range.wanted);
      try {
        if (chosen !== undefined) {
          for await (const found of this.#steadily(chosen, { ...range, first: stripe })) {
            yield found;
            stripe = found.stripe + 1;
          }
          return;
        }
      } catch (error) {
        if (!(error instanceof ShardFailed)) throw error;
        this.#failed(error.shard, error.cause);
        await this.#parts.shards.openAll();
      }
      yield { stripe, units: this.#completed(stripe, await this.#carefully(stripe), range.wanted) };
      stripe++;
    }
  }

  /** The wanted if they are sound, else k that are; undefined when there are not so many. */
  async #choose(wanted: readonly number[]): Promise<readonly OpenShard[] | undefined> {
    const direct = this.#direct(wanted);
    if (direct !== undefined) return direct;
    await this.#parts.shards.openAll();
    const { dataShards } = this.#parts.stripes.scheme;
    const all = [...this.#sound().values()];
    return all.length < dataShards ? undefined : all.slice(0, dataShards);
  }

  #direct(wanted: readonly number[]): readonly OpenShard[] | undefined {
    const sound = this.#sound();
    const direct = wanted.flatMap((index) => sound.get(index) ?? []);
    return direct.length === wanted.length ? direct : undefined;
  }

  #sound(): ReadonlyMap<number, OpenShard> {
    const { shards } = this.#parts;
    const sound = shards.indexes.filter((index) => !this.#suspect.has(index));
    return new Map(sound.map((index) => [index, shards.get(index)!]));
  }

  /** One read through each shard, with what its reader reads ahead. */
  async *#steadily(
    chosen: readonly OpenShard[],
    { first, last, wanted }: StripeRange,
  ): AsyncGenerator<{ readonly stripe: number; readonly units: Units }> {
    const { stripes } = this.#parts;
    const started = this.#started(chosen, { first, last });
    try {
      for (let stripe = first; stripe <= last; stripe++) {
        const units: Units = Array.from({ length: shardCount(stripes.scheme) });
        const read = await Promise.all(started.map(nextUnit));
        for (const [at, unit] of read.entries()) {
          if (unit instanceof ShardFailed) throw unit;
          units[chosen[at]!.index] = unit;
        }
        yield { stripe, units: this.#completed(stripe, units, wanted) };
      }
      // Read to their ends, so that their buffers are used again: nobody looks at the last units any more.
      await Promise.all(started.map(({ chunks }) => chunks.next()));
    } finally {
      for (const { chunks } of started) void chunks.return?.();
    }
  }

  #started(
    shards: readonly OpenShard[],
    { first, last }: { first: number; last: number },
  ): readonly StartedShard[] {
    const start = first * unitBytesMax;
    const length = last * unitBytesMax + this.#parts.stripes.unitBytes(last) - start;
    return shards.map((shard) => ({ shard, chunks: shard.reader.read({ start, length }) }));
  }

  /** From every drive until k have answered. */
  async #carefully(stripe: number): Promise<Units> {
    const { blob, shards, stripes } = this.#parts;
    const { dataShards } = stripes.scheme;
    const units: Units = Array.from({ length: shardCount(stripes.scheme) });
    let found = 0;
    const inOrder = [...this.#sound().keys(), ...this.#suspect];
    let cause: unknown;
    for (const index of inOrder) {
      const shard = shards.get(index);
      if (shard === undefined || found === dataShards) continue;
      try {
        units[index] = await readUnit(shard, { stripe, bytes: stripes.unitBytes(stripe) });
        found++;
      } catch (error) {
        if (!isDriveTrouble(error)) throw error;
        this.#failed(shard, error);
        cause = error;
      }
    }
    if (found === dataShards) return units;
    const detail = `of its stripe ${stripe} only ${found} of ${dataShards} shards that are needed can be read`;
    throw new BlobDamagedError(blob, { detail, cause });
  }

  #completed(stripe: number, units: Units, wanted: readonly number[]): Units {
    if (wanted.some((index) => units[index] === undefined)) {
      const { stripes } = this.#parts;
      reedSolomonOf(stripes.scheme).reconstruct(units, stripes.unitBytes(stripe), { wanted });
    }
    return units;
  }

  #failed(shard: OpenShard, error: unknown): void {
    const { blob, onTrouble } = this.#parts;
    if (this.#suspect.has(shard.index)) return;
    this.#suspect.add(shard.index);
    onTrouble({ blob, slot: shard.slot, error });
  }
}

/** The failure of one is a result: the others are waited for all the same, because they read into buffers. */
export async function nextUnit({ shard, chunks }: StartedShard): Promise<Uint8Array | ShardFailed> {
  try {
    const next = await chunks.next();
    return next.done === true
      ? new ShardFailed(shard, new Error('the shard is shorter than it says'))
      : next.value;
  } catch (error) {
    if (isDriveTrouble(error)) return new ShardFailed(shard, error);
    throw error;
  }
}

/** A copy: the reader's buffer may be used again for the next unit. */
async function readUnit(
  { reader }: OpenShard,
  { stripe, bytes }: { stripe: number; bytes: number },
): Promise<Uint8Array> {
  const unit = Buffer.alloc(bytes);
  let filled = 0;
  for await (const chunk of reader.read({ start: stripe * unitBytesMax, length: bytes })) {
    unit.set(chunk, filled);
    filled += chunk.byteLength;
  }
  return unit;
}
