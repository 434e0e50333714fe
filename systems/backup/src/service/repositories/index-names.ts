// Which packs the index objects of a repository name. The service cannot open them, so writers tell: once for each object, when
// every pack of it is registered. What no stored index object names is not to be relied on (DESIGN.md, W2): a snapshot that
// referred to it would be left with chunks that no index names.
//
// One document for each index object, durable before it counts and gone before its object is: so after a crash no pack
// counts as named by what is not there. An object without a document is told to the next writer.

import type { World } from '@cairn/world';
import { z } from 'zod';
import { DurableDocument, type OnDamage } from '../index/durable-document.ts';

const packSchema = z.strictObject({
  id: z.string().regex(/^[0-9a-f]{64}$/),
  sizeBytes: z.int().nonnegative(),
});
const documentSchema = z.strictObject({ packs: z.array(packSchema) });
/** A pack and how long the index object says that it is. */
export type NamedPack = z.output<typeof packSchema>;

export class IndexNames {
  readonly #world: World;
  readonly #directory: string;
  readonly #named = new Map<string, readonly NamedPack[]>();
  readonly #unnamed = new Set<string>();
  /** How many index objects name a pack. */
  readonly #counts = new Map<string, number>();
  /** Packs that may be registered, and that no index object names: few, and wanted as they are at each session's beginning. */
  readonly #unnamedPacks = new Set<string>();

  private constructor(world: World, directory: string) {
    this.#world = world;
    this.#directory = directory;
  }

  /**
   * `indexObjects` and `packBytes` are what is stored. A pack that is shorter than it should be does not count; an object with one
   * that is not registered any more, since a shard was lost, is as if nobody had told of it.
   */
  static async open(
    world: World,
    directory: string,
    stored: {
      readonly indexObjects: ReadonlySet<string>;
      readonly packBytes: ReadonlyMap<string, number>;
      readonly isRegistered: (packId: string) => Promise<boolean>;
      readonly onDamage: OnDamage;
    },
  ): Promise<IndexNames> {
    const names = new IndexNames(world, directory);
    for (const id of stored.indexObjects) names.#unnamed.add(id);
    for (const id of await world.disk.list(directory)) {
      if (!/^[0-9a-f]{64}$/.test(id)) continue;
      // Of one that is damaged nobody told: the next writer does.
      const found = await names.#document(id).readOrRemove(stored.onDamage);
      if (found === undefined) continue;
      const { packs } = found;
      const whole = packs.filter((pack) => stored.packBytes.get(pack.id)! >= pack.sizeBytes);
      const registered = await Promise.all(whole.map((pack) => stored.isRegistered(pack.id)));
      if (stored.indexObjects.has(id) && registered.every(Boolean)) names.#count(id, whole);
      else await world.disk.remove(`${directory}/${id}`);
    }
    return names;
  }

  /** Ids of index objects of which nobody told what they name. */
  get unnamed(): readonly string[] {
    return [...this.#unnamed];
  }

  /** Packs that nobody may rely on. */
  get unnamedPacks(): Iterable<string> {
    return this.#unnamedPacks;
  }

  noteRegistered(packId: string): void {
    if (!this.#counts.has(packId)) this.#unnamedPacks.add(packId);
  }

  noteDropped(packId: string): void {
    this.#unnamedPacks.delete(packId);
  }

  /** An index object was stored. */
  note(id: string): void {
    if (!this.#named.has(id)) this.#unnamed.add(id);
  }

  /** Durable when it resolves. In turns by object, and only of one that is stored. */
  async name(id: string, packs: readonly NamedPack[]): Promise<void> {
    if (this.#named.has(id)) return;
    await this.#document(id).write({ packs: [...packs] });
    this.#count(id, packs);
  }

  /** Before the object is deleted. In turns as `name`. */
  async forget(id: string): Promise<void> {
    const packs = this.#named.get(id);
    this.#unnamed.delete(id);
    if (packs === undefined) return;
    this.#named.delete(id);
    for (const { id: pack } of packs) {
      const count = this.#counts.get(pack)! - 1;
      this.#counts.set(pack, count);
      if (count > 0) continue;
      this.#counts.delete(pack);
      this.#unnamedPacks.add(pack);
    }
    await this.#world.disk.remove(`${this.#directory}/${id}`);
    await this.#world.disk.syncDirectory(this.#directory);
  }

  #count(id: string, packs: readonly NamedPack[]): void {
    this.#unnamed.delete(id);
    this.#named.set(id, packs);
    for (const { id: pack } of packs) {
      this.#counts.set(pack, (this.#counts.get(pack) ?? 0) + 1);
      this.#unnamedPacks.delete(pack);
    }
  }

  #document(file: string): DurableDocument<z.output<typeof documentSchema>> {
    return new DurableDocument({
      world: this.#world,
      directory: this.#directory,
      file,
      schema: documentSchema,
    });
  }
}
