// A shard in this process: entries in memory, and a log from which they are read at start. Registrations are appended, so a
// pack costs one write; what drops leave behind goes when more than half of the log is dead, a segment at a time.
//
// The invariant: what a lookup answers is what reading the log would give, changes that are under way apart; and a drop is
// durable before whoever asked for it deletes the pack. So after any crash no pack that is gone is answered from.

import { openSegmentLog, type SegmentLog, segmentHeaderBytes } from '@cairn/segment-log';
import type { World } from '@cairn/world';
import { BackupError } from '../../errors.ts';
import { FingerprintMap, keyBytes } from './fingerprint-map.ts';
import type { IndexShard, Keys, ShardCounts, ShardLookup } from './index-shard.ts';
import { PackNumbers } from './pack-numbers.ts';
import { decodeShardRecord, encodeShardRecord, type ShardRecord } from './shard-record.ts';
import { Turns } from './turns.ts';

export type LocalShardOptions = {
  readonly name: string;
  readonly world: World;
  /** Its own; made when missing. */
  readonly directory: string;
  /** Entries of the log that belong to another shard by now are not loaded. */
  readonly isMine: (keys: Keys, offset: number) => boolean;
  /** The log is cleaned when half of it, and at least so many keys, are dead. */
  readonly deadKeysAtLeast?: number | undefined;
};

/** Throws `BackupError` `damaged` when the log is, `unknown-format` for records of a newer version. */
export async function openLocalShard(options: LocalShardOptions): Promise<IndexShard> {
  const { world, directory } = options;
  const state = new ShardState(options.isMine);
  const log = await openSegmentLog({
    world,
    directory,
    segmentBytesMax,
    onRecovered: ({ payload }) => {
      const record = decodeShardRecord(payload);
      if (record === undefined)
        throw new BackupError('unknown-format', { attempted: `open the index in ${directory}` });
      state.apply(record);
    },
  });
  if (log.damage.length > 0) {
    await log.close();
    const { segment, position, detail } = log.damage[0]!;
    throw new BackupError('damaged', {
      attempted: `open the index in ${directory}`,
      detail: `segment ${segment} at ${position}: ${detail}`,
    });
  }
  return new LocalShard(options, { state, log });
}

/** What the log says, in memory. */
class ShardState {
  readonly map = new FingerprintMap();
  readonly packs = new PackNumbers();
  /** Keys in the log, and those of them that count no more. */
  loggedKeys = 0;
  deadKeys = 0;
  isMine: LocalShardOptions['isMine'];
  readonly #keysOfPack = new Map<number, number>();

  constructor(isMine: LocalShardOptions['isMine']) {
    this.isMine = isMine;
  }

  apply(record: ShardRecord): void {
    const number = this.packs.of(record.packId);
    if (record.kind === 'drop') this.#drop(number);
    else this.#register(number, record.keys);
  }

  #register(number: number, keys: Keys): void {
    this.packs.setLive(number, true);
    const isLive = (value: number) => this.packs.isLive(value);
    for (let offset = 0; offset < keys.length; offset += keyBytes) {
      if (this.isMine(keys, offset)) this.map.set(keys, offset, { value: number, isLive });
    }
    const count = keys.length / keyBytes;
    this.loggedKeys += count;
    this.#keysOfPack.set(number, (this.#keysOfPack.get(number) ?? 0) + count);
  }

  #drop(number: number): void {
    if (!this.packs.isLive(number)) return;
    this.packs.setLive(number, false);
    this.deadKeys += this.#keysOfPack.get(number) ?? 0;
    this.#keysOfPack.delete(number);
  }
}

class LocalShard implements IndexShard {
  readonly name: string;
  readonly #world: World;
  readonly #state: ShardState;
  readonly #log: SegmentLog;
  readonly #turns = new Turns();
  readonly #exclusions = new Map<string, ReadonlySet<number>>();
  readonly #deadKeysAtLeast: number;
  #cleaning: Promise<void> = Promise.resolve();

  constructor(options: LocalShardOptions, parts: { readonly state: ShardState; readonly log: SegmentLog }) {
    this.name = options.name;
    this.#world = options.world;
    this.#deadKeysAtLeast = options.deadKeysAtLeast ?? deadKeysWorthCleaning;
    this.#state = parts.state;
    this.#log = parts.log;
  }

  get counts(): ShardCounts {
    const { map, packs } = this.#state;
    const logBytes = this.#log.segments().reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    return { entries: map.size, packs: packs.liveCount, memoryBytes: map.sizeBytes, logBytes };
  }

  async lookup(keys: Keys, { excluding, answers, at }: ShardLookup): Promise<void> {
    const { map, packs } = this.#state;
    const excluded = excluding === undefined ? undefined : this.#exclusions.get(excluding);
    for (let index = 0; index * keyBytes < keys.length; index++) {
      const pack = map.get(keys, index * keyBytes);
      const known = pack !== 0 && packs.isLive(pack) && !excluded?.has(pack);
      answers[at === undefined ? index : at[index]!] = known ? 1 : 0;
    }
  }

  async locate(
    keys: Keys,
    { packIds, at }: { readonly packIds: (string | undefined)[]; readonly at?: Uint32Array },
  ): Promise<void> {
    const { map, packs } = this.#state;
    for (let index = 0; index * keyBytes < keys.length; index++)
      packIds[at === undefined ? index : at[index]!] = packs.idOf(map.get(keys, index * keyBytes));
  }

  async exclude(name: string, packIds: readonly string[] | undefined): Promise<void> {
    if (packIds === undefined) this.#exclusions.delete(name);
    else this.#exclusions.set(name, new Set(packIds.map((packId) => this.#state.packs.of(packId))));
  }

  async register(packId: string, keys: Keys): Promise<void> {
    await this.#change([{ kind: 'register', packId, keys: Uint8Array.from(keys) }]);
  }

  async drop(packIds: readonly string[]): Promise<void> {
    const known = packIds.filter((packId) => this.#state.packs.has(packId));
    if (known.length === 0) return this.#log.sync(); // a drop of the same pack may be under way
    await this.#change(known.map((packId) => ({ kind: 'drop', packId })));
    this.#cleanWhenWorthIt();
  }

  async has(packId: string): Promise<boolean> {
    return this.#state.packs.has(packId);
  }

  async packIds(): Promise<readonly string[]> {
    return this.#state.packs.liveIds();
  }

  async *registrations(): AsyncGenerator<{ readonly packId: string; readonly keys: Keys }> {
    // No segment may go meanwhile: what counts in it would have moved to one that is not in this list.
    const { promise, resolve } = Promise.withResolvers<void>();
    const cleaning = this.#cleaning;
    this.#cleaning = promise;
    try {
      await cleaning;
      yield* this.#registered();
    } finally {
      resolve();
    }
  }

  async *#registered(): AsyncGenerator<{ readonly packId: string; readonly keys: Keys }> {
    for (const { segment } of this.#log.segments()) {
      for await (const { payload } of this.#log.scan({ segment, position: segmentHeaderBytes })) {
        const record = decodeShardRecord(payload);
        if (record?.kind === 'register' && this.#state.packs.has(record.packId)) yield record;
      }
    }
  }

  async *keys(): AsyncGenerator<Keys> {
    const { map, packs } = this.#state;
    for (let bucket = 0; bucket < FingerprintMap.bucketCount; bucket++) {
      const { keys, values } = map.entriesOf(bucket);
      let kept = 0;
      for (let index = 0; index < values.length; index++) {
        if (!packs.isLive(values[index]!)) continue;
        keys.copyWithin(kept * keyBytes, index * keyBytes, (index + 1) * keyBytes);
        kept += 1;
      }
      yield keys.subarray(0, kept * keyBytes);
    }
  }

  async retain(isMine: (keys: Keys, offset: number) => boolean): Promise<void> {
    this.#state.isMine = isMine;
    for (const _ of this.#state.map.retain((key) => isMine(key, 0))) await this.#world.clock.sleep(0);
  }

  async close(): Promise<void> {
    await this.#cleaning.catch(() => {});
    await this.#log.close();
  }

  /** In the order in which they are applied they lie in the log; the sync is shared with others. */
  async #change(records: readonly ShardRecord[]): Promise<void> {
    await this.#turns.take(async () => {
      await this.#log.append(records.map(encodeShardRecord));
      for (const record of records) this.#state.apply(record);
    });
    await this.#log.sync();
  }

  #cleanWhenWorthIt(): void {
    const { deadKeys, loggedKeys } = this.#state;
    if (deadKeys < this.#deadKeysAtLeast || deadKeys * 2 < loggedKeys) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const before = this.#cleaning;
    this.#cleaning = promise;
    // What fails is tried again at the next drop: nothing is lost by it.
    before.then(() => this.#clean()).then(resolve, resolve);
  }

  /** Every segment there is now, oldest first: what counts in it is appended again, then it goes. */
  async #clean(): Promise<void> {
    await this.#turns.take(() => this.#log.roll());
    this.#state.loggedKeys -= this.#state.deadKeys;
    this.#state.deadKeys = 0;
    for (const { segment, sealed } of this.#log.segments()) if (sealed) await this.#cleanSegment(segment);
  }

  async #cleanSegment(segment: number): Promise<void> {
    for await (const { payload } of this.#log.scan({ segment, position: segmentHeaderBytes })) {
      const record = decodeShardRecord(payload);
      if (record?.kind !== 'register') continue; // a drop in the oldest segment has nothing before it to end
      await this.#turns.take(async () => {
        // Looked up within the turn: behind a drop it would bring the pack back.
        if (!this.#state.packs.has(record.packId)) return;
        const keys = keysThat(this.#state.isMine, record.keys);
        await this.#log.append([encodeShardRecord({ ...record, keys })]);
      });
    }
    await this.#log.sync();
    await this.#log.remove(segment);
  }
}

function keysThat(isMine: (keys: Keys, offset: number) => boolean, keys: Keys): Keys {
  const kept = Uint8Array.from(keys);
  let end = 0;
  for (let offset = 0; offset < keys.length; offset += keyBytes) {
    if (!isMine(keys, offset)) continue;
    kept.set(keys.subarray(offset, offset + keyBytes), end);
    end += keyBytes;
  }
  return kept.subarray(0, end);
}

const segmentBytesMax = 32 * 1024 * 1024;
/** Below this a log is not worth cleaning: 4 MiB. */
const deadKeysWorthCleaning = 256 * 1024;
