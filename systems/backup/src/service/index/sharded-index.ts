// A repository's fingerprints over shards, by a hash ring with virtual nodes. A shard that is added takes only its share, and
// questions are answered from the old owners until it has all of that.
//
//   state              register goes to            asked            after a crash
//   settled            owner                       owner            -
//   joining S          owner, and S if S will own  owner            the copying begins again; S takes what it has twice
//   settled, S in      (S is in the ring)          owner            -
//
// Drops go to every shard, S included, and none happens between S's look whether a pack counts and its taking it over.

import { HashRing } from '@cairn/hashing';
import { SegmentLogError } from '@cairn/segment-log';
import { DiskError, type World } from '@cairn/world';
import { z } from 'zod';
import { BackupError } from '../../errors.ts';
import { DurableDocument, type OnDamage } from './durable-document.ts';
import { keyBytes } from './fingerprint-map.ts';
import type { IndexShard, Keys } from './index-shard.ts';
import { openLocalShard } from './local-shard.ts';
import { removeFiles } from './remove-files.ts';
import { Turns } from './turns.ts';

const shardName = /^[a-z0-9][a-z0-9-]{0,62}$/;
const shardsSchema = z.strictObject({
  shards: z
    .array(z.strictObject({ name: z.string().regex(shardName), weight: z.number().positive() }))
    .min(1),
  joining: z.strictObject({ name: z.string().regex(shardName), weight: z.number().positive() }).optional(),
});
type Shards = z.output<typeof shardsSchema>;
type ShardNode = Shards['shards'][number];

export type ShardedIndexOptions = {
  readonly world: World;
  readonly directory: string;
  /** See `LocalShardOptions`. */
  readonly deadKeysAtLeast?: number;
  readonly onDamage?: OnDamage;
};

export class ShardedIndex {
  readonly #options: ShardedIndexOptions;
  readonly #document: DurableDocument<Shards>;
  readonly #turns = new Turns();
  /** What shards were told, for one that joins. */
  readonly #exclusions = new Map<string, readonly string[]>();
  /** In the order of the ring's nodes. */
  #shards: readonly IndexShard[] = [];
  #ring: HashRing;
  #nodes: readonly ShardNode[];
  #joining: { readonly shard: IndexShard; readonly node: ShardNode; readonly ring: HashRing } | undefined;

  private constructor(options: ShardedIndexOptions, nodes: readonly ShardNode[]) {
    this.#options = options;
    this.#document = documentIn(options);
    this.#nodes = nodes;
    this.#ring = new HashRing(nodes);
  }

  /**
   * Makes an index of one shard where there is none. Resumes what an interrupted `addShard` left. Where it is not known any more which shards there
   * are, it begins anew with one, and empty; so does a shard whose log is damaged. Writers fill them again (DESIGN.md, "Fingerprint index").
   */
  static async open(options: ShardedIndexOptions): Promise<ShardedIndex> {
    const document = documentIn(options);
    const found = await document.readOrRemove(options.onDamage ?? (() => {}));
    // Which keys are whose depends on all weights: logs that were written by others would hide keys for good.
    if (found === undefined) await removeFiles(options.world.disk, options.directory);
    const known = found ?? { shards: [{ name: 'shard-1', weight: 1 }] };
    if (found === undefined) await document.write(known);
    const index = new ShardedIndex(options, known.shards);
    index.#shards = await Promise.all(
      index.#ring.nodes.map(({ name }) => index.#openShard(name, index.#ring)),
    );
    if (known.joining !== undefined) await index.#join(known.joining);
    return index;
  }

  get shards(): readonly IndexShard[] {
    return this.#shards;
  }

  get counts(): { readonly entries: number; readonly packs: number; readonly memoryBytes: number } {
    const counts = this.#shards.map((shard) => shard.counts);
    return {
      entries: counts.reduce((sum, { entries }) => sum + entries, 0),
      packs: Math.max(...counts.map(({ packs }) => packs)),
      memoryBytes: counts.reduce((sum, { memoryBytes }) => sum + memoryBytes, 0),
    };
  }

  /** One byte for each key: 1 known, 0 not. `excluding` names what `exclude` was told. */
  async lookup(keys: Keys, excluding?: string): Promise<Uint8Array> {
    const answers = new Uint8Array(keys.length / keyBytes);
    if (this.#shards.length === 1) {
      await this.#shards[0]!.lookup(keys, { excluding, answers });
      return answers;
    }
    const parts = divide(keys, this.#ring);
    await Promise.all(
      parts.map(({ keys: share, at }, owner) =>
        share.length === 0 ? undefined : this.#shards[owner]!.lookup(share, { excluding, answers, at }),
      ),
    );
    return answers;
  }

  /** For each key the id of a pack that holds it. */
  async locate(keys: Keys): Promise<readonly (string | undefined)[]> {
    const packIds = new Array<string | undefined>(keys.length / keyBytes).fill(undefined);
    const parts = divide(keys, this.#ring);
    await Promise.all(
      parts.map(({ keys: share, at }, owner) => this.#shards[owner]!.locate(share, { packIds, at })),
    );
    return packIds;
  }

  /** Whether it is registered, and not dropped: at every shard, of which one may have been lost. */
  async has(packId: string): Promise<boolean> {
    return (await Promise.all(this.#shards.map((shard) => shard.has(packId)))).every(Boolean);
  }

  async exclude(name: string, packIds: readonly string[] | undefined): Promise<void> {
    if (packIds === undefined) this.#exclusions.delete(name);
    else this.#exclusions.set(name, packIds);
    await this.#turns.take(async () => {
      await Promise.all(this.#everywhere().map((shard) => shard.exclude(name, packIds)));
    });
  }

  async register(packId: string, keys: Keys): Promise<void> {
    await this.#turns.take(async () => {
      const writes = registerAt(packId, { keys, ring: this.#ring, shards: this.#shards });
      if (this.#joining !== undefined) {
        const { shard, ring } = this.#joining;
        writes.push(shard.register(packId, keysOf(keys, ring, shard.name)));
      }
      await Promise.all(writes);
    });
  }

  /** Durable when it resolves: only then may the packs be deleted. */
  async drop(packIds: readonly string[]): Promise<void> {
    await this.#turns.take(async () => {
      await Promise.all(this.#everywhere().map((shard) => shard.drop(packIds)));
    });
  }

  async packIds(): Promise<ReadonlySet<string>> {
    const ids = await Promise.all(this.#shards.map((shard) => shard.packIds()));
    return new Set(ids.flat());
  }

  async *keys(): AsyncGenerator<Keys> {
    for (const shard of this.#shards) yield* shard.keys();
  }

  /**
   * Adds a shard and moves its share to it; resolves when it answers. Throws `BackupError` `invalid-argument` for a name
   * that is taken or none, or while another one joins.
   */
  async addShard(node: {
    readonly name: string;
    readonly weight?: number;
  }): Promise<{ readonly moved: number }> {
    const { name, weight = 1 } = node;
    const attempted = `add the shard '${name}'`;
    if (!shardName.test(name) || !(weight > 0)) {
      throw new BackupError('invalid-argument', {
        attempted,
        detail: 'a name is a-z, 0-9 and -, a weight above 0',
      });
    }
    if (this.#nodes.some((known) => known.name === name) || this.#joining !== undefined) {
      throw new BackupError('invalid-argument', { attempted, detail: 'it is there, or another one joins' });
    }
    return this.#join({ name, weight });
  }

  async close(): Promise<void> {
    await this.#turns.take(async () => {
      await Promise.all(this.#everywhere().map((shard) => shard.close()));
    });
  }

  async #join(node: ShardNode): Promise<{ readonly moved: number }> {
    const ring = this.#ring.with(node);
    await this.#turns.take(async () => {
      await this.#document.write({ shards: [...this.#nodes], joining: node });
      const shard = await this.#openShard(node.name, ring);
      for (const [name, packIds] of this.#exclusions) await shard.exclude(name, packIds);
      this.#joining = { shard, node, ring };
    });
    const { shard } = this.#joining!;
    let moved = 0;
    for (const old of this.#shards) moved += await this.#copy(old, shard, ring);
    await this.#turns.take(async () => {
      await this.#document.write({ shards: [...this.#nodes, node] });
      this.#nodes = [...this.#nodes, node];
      const shards = new Map([...this.#shards, shard].map((each) => [each.name, each]));
      this.#shards = ring.nodes.map(({ name }) => shards.get(name)!);
      this.#ring = ring;
      this.#joining = undefined;
    });
    for (const old of this.#shards) if (old !== shard) await old.retain(owning(ring, old.name));
    return { moved };
  }

  async #copy(from: IndexShard, to: IndexShard, ring: HashRing): Promise<number> {
    let moved = 0;
    for await (const { packId, keys } of from.registrations()) {
      // The log still has what moved away before.
      const share = keysOf(keysOf(keys, this.#ring, from.name), ring, to.name);
      await this.#turns.take(async () => {
        // Within the turn: a pack that was dropped meanwhile must not come back.
        if (await from.has(packId)) await to.register(packId, share);
      });
      moved += share.length / keyBytes;
    }
    return moved;
  }

  #everywhere(): readonly IndexShard[] {
    return this.#joining === undefined ? this.#shards : [...this.#shards, this.#joining.shard];
  }

  async #openShard(name: string, ring: HashRing): Promise<IndexShard> {
    const { world, deadKeysAtLeast, onDamage } = this.#options;
    const directory = `${this.#options.directory}/${name}`;
    const open = () =>
      openLocalShard({ name, world, directory, isMine: owning(ring, name), deadKeysAtLeast });
    try {
      return await open();
    } catch (error) {
      if (!isDamaged(error)) throw error;
      onDamage?.(error);
      await removeFiles(world.disk, directory);
      return open();
    }
  }
}

function isDamaged(error: unknown): error is Error {
  if (error instanceof DiskError) return error.code === 'io';
  if (error instanceof SegmentLogError) return ['damaged', 'mixed-logs'].includes(error.code);
  return error instanceof BackupError && error.code === 'damaged';
}

function documentIn({ world, directory }: ShardedIndexOptions): DurableDocument<Shards> {
  return new DurableDocument({ world, directory, file: 'shards.json', schema: shardsSchema });
}

function owning(ring: HashRing, name: string): (keys: Keys, offset: number) => boolean {
  const owner = ring.nodes.findIndex((node) => node.name === name);
  return (keys, offset) => ring.ownerOfHash(keys, offset) === owner;
}

/** Those of the keys that a node owns. */
function keysOf(keys: Keys, ring: HashRing, name: string): Keys {
  return divide(keys, ring)[ring.nodes.findIndex((node) => node.name === name)]!.keys;
}

/** A pack goes to every shard, also to one that owns none of its keys: each knows which packs there are. */
function registerAt(
  packId: string,
  {
    keys,
    ring,
    shards,
  }: { readonly keys: Keys; readonly ring: HashRing; readonly shards: readonly IndexShard[] },
): Promise<void>[] {
  return divide(keys, ring).map(({ keys: share }, owner) => shards[owner]!.register(packId, share));
}

/** The keys by their owners, in the order of the ring's nodes, with where each was. */
function divide(keys: Keys, ring: HashRing): readonly { readonly keys: Keys; readonly at: Uint32Array }[] {
  const count = keys.length / keyBytes;
  const owners = new Uint16Array(count);
  const counts = new Uint32Array(ring.nodes.length);
  for (let index = 0; index < count; index++) {
    const owner = ring.nodes.length === 1 ? 0 : ring.ownerOfHash(keys, index * keyBytes);
    owners[index] = owner;
    counts[owner]! += 1;
  }
  const parts = Array.from(counts, (size) => ({
    keys: new Uint8Array(size * keyBytes),
    at: new Uint32Array(size),
  }));
  const filled = new Uint32Array(parts.length);
  for (let index = 0; index < count; index++) {
    const owner = owners[index]!;
    const part = parts[owner]!;
    const position = filled[owner]!;
    part.at[position] = index;
    for (let byte = 0; byte < keyBytes; byte++) {
      part.keys[position * keyBytes + byte] = keys[index * keyBytes + byte]!;
    }
    filled[owner]! += 1;
  }
  return parts;
}
