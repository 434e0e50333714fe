// One repository of the service: its objects on the blobs engine, its fingerprint index, its quota.
//
// The invariant: no pack is deleted before the index has durably forgotten it, and none is registered that is not stored:
// both happen in turns by pack. The same holds of index objects and what they name. What anybody deleted behind the service's back is forgotten when the repository is opened.

import {
  type BlobContent,
  type BlobInfo,
  type BlobPage,
  type Blobs,
  BlobsError,
  type GetOptions,
  type ListOptions,
} from '@cairn/engines/blobs';
import { SegmentLogError, type SegmentLogErrorCode } from '@cairn/segment-log';
import type { World } from '@cairn/world';
import { BackupError } from '../../errors.ts';
import { idOf, objectName } from '../../format/object-names.ts';
import type { OnDamage } from '../index/durable-document.ts';
import type { Keys } from '../index/index-shard.ts';
import { RepositoryIndex } from '../index/repository-index.ts';
import { CheckedBody } from './checked-body.ts';
import { IndexNames, type NamedPack } from './index-names.ts';
import { KeyedTurns } from './keyed-turns.ts';
import { contentHashOf, makesRoom, sessionOf } from './object-rules.ts';
import { RegisteredKeys } from './registered-keys.ts';
import { SessionOwners } from './session-owners.ts';
import { Usage } from './usage.ts';

export type StoredRepositoryOptions = {
  readonly name: string;
  readonly world: World;
  readonly blobs: Blobs;
  /** Of the index and the owners of sessions. */
  readonly directory: string;
  readonly quotaBytes: number | undefined;
  /** Is told of what was damaged beside the objects, and is made anew. */
  readonly onDamage: OnDamage;
};

const packIdBytes = 32;
const inDoubt: ReadonlySet<string> = new Set<SegmentLogErrorCode>(['sync-failed', 'write-failed']);

export type PutRequest = {
  readonly body: AsyncIterable<Uint8Array>;
  readonly ifAbsent: boolean;
  /** Who puts it, by ARN. */
  readonly caller: string;
  readonly signal?: AbortSignal;
};

export class StoredRepository {
  readonly name: string;
  readonly index: RepositoryIndex;
  readonly owners: SessionOwners;
  readonly usage: Usage;
  readonly #names: IndexNames;
  readonly #registered = new RegisteredKeys();
  readonly #blobs: Blobs;
  readonly #turns = new KeyedTurns();
  readonly #puts = new Set<Promise<unknown>>();
  /** A write or sync of its index failed: what its log would go on to say of it is in doubt. */
  #broken = false;
  /** Aborted with what puts are told then. */
  readonly #retired = new AbortController();

  private constructor(
    options: StoredRepositoryOptions,
    parts: {
      readonly index: RepositoryIndex;
      readonly owners: SessionOwners;
      readonly usage: Usage;
      readonly names: IndexNames;
    },
  ) {
    this.name = options.name;
    this.#blobs = options.blobs;
    this.index = parts.index;
    this.owners = parts.owners;
    this.usage = parts.usage;
    this.#names = parts.names;
  }

  static async open(options: StoredRepositoryOptions): Promise<StoredRepository> {
    const { world, directory, blobs, quotaBytes, onDamage } = options;
    const index = await RepositoryIndex.open({ world, directory: `${directory}/index`, onDamage });
    const owners = await SessionOwners.open(world, `${directory}/sessions`, onDamage);
    const stored = await whatIsStored(blobs);
    const registered = [...(await index.packIds())];
    const unlisted = registered.filter((id) => !stored.packBytes.has(id));
    if (unlisted.length > 0) await index.drop(unlisted);
    const isRegistered = (packId: string) => index.has(packId);
    const names = await IndexNames.open(world, `${directory}/names`, {
      ...stored,
      isRegistered,
      onDamage,
    });
    for (const packId of registered) if (stored.packBytes.has(packId)) names.noteRegistered(packId);
    return new StoredRepository(options, {
      index,
      owners,
      names,
      usage: new Usage(stored.bytes, quotaBytes),
    });
  }

  /**
   * Throws `BackupError`: `quota-exceeded`, `damaged` for a pack whose name is not its hash, `no-repository` when it was
   * removed meanwhile; or a `BlobsError`.
   */
  async put(name: string, request: PutRequest): Promise<'stored' | 'exists'> {
    this.#retired.signal.throwIfAborted();
    const signals = [this.#retired.signal, ...(request.signal === undefined ? [] : [request.signal])];
    const putting = this.#put(name, { ...request, signal: AbortSignal.any(signals) });
    this.#puts.add(putting);
    try {
      return await putting;
    } finally {
      this.#puts.delete(putting);
    }
  }

  async #put(name: string, request: PutRequest): Promise<'stored' | 'exists'> {
    const { ifAbsent, caller } = request;
    const attempted = `put ${name} into the repository '${this.name}'`;
    const body = new CheckedBody(request.body, {
      usage: this.usage,
      attempted,
      contentHash: contentHashOf(name),
      makesRoom: makesRoom(name),
    });
    const sessionId = idOf('sessions', name);
    if (ifAbsent && sessionId !== undefined) await this.#begin(sessionId, caller);
    try {
      const outcome = ifAbsent
        ? await this.#blobs.put(name, body, { ifAbsent: true, ...signalOf(request) })
        : await this.#replace(name, body, request);
      if (outcome === 'exists') body.giveBack();
      else await this.#noteStored(name);
      return outcome;
    } catch (error) {
      body.giveBack();
      throw error;
    }
  }

  get(name: string, options?: GetOptions): Promise<BlobContent | undefined> {
    return this.#blobs.get(name, options);
  }

  head(name: string): Promise<BlobInfo | undefined> {
    return this.#blobs.head(name);
  }

  list(options: ListOptions): Promise<BlobPage> {
    return this.#blobs.list(options);
  }

  /** Then it has to be opened again, which reads from the disk what is there: until then nothing can be registered or deleted. */
  get isBroken(): boolean {
    return this.#broken;
  }

  async delete(names: readonly string[], caller: string): Promise<void> {
    const packIds = names.map((name) => idOf('packs', name)).filter((id) => id !== undefined);
    if (packIds.length > 0) await this.#drop(packIds);
    for (const name of names) await this.#turns.take(name, () => this.#deleteOne(name, caller));
  }

  /**
   * Makes what a stored pack holds known. Throws `BackupError` `fenced` for one that is not stored, `invalid-argument` for more keys than it
   * can hold.
   */
  async register(packId: string, keys: Keys): Promise<void> {
    const name = objectName('packs', packId);
    await this.#turns.take(name, async () => {
      const info = await this.#blobs.head(name);
      if (info === undefined) throw notStored(this.name, `register ${name}`);
      this.#registered.count({ id: packId, sizeBytes: info.sizeBytes }, keys);
      await this.#onIndex(`register ${name}`, () => this.index.register(packId, keys));
      this.#names.noteRegistered(packId);
    });
  }

  /**
   * Before its objects are removed: closed, and nothing is put any more when this resolves. Puts under way are refused: a client
   * that stands still in the midst of one would keep it.
   */
  async retire(): Promise<void> {
    const detail = `'${this.name}' was removed`;
    this.#retired.abort(new BackupError('no-repository', { attempted: 'put an object', detail }));
    await Promise.allSettled(this.#puts);
    await this.close();
  }

  /** Ids of index objects of which nobody told what they name. */
  get unnamedIndexObjects(): readonly string[] {
    return this.#names.unnamed;
  }

  /**
   * Takes what an index object names. Resolves to the packs of it that are stored and not registered: then it was not taken, and
   * the caller registers them first. Throws `BackupError` `fenced` for an object that is not stored,
   * `invalid-argument` for more packs than it can name.
   */
  async nameIndexObject(id: string, packs: readonly NamedPack[]): Promise<readonly string[]> {
    const name = objectName('index', id);
    return this.#turns.take(name, async () => {
      const attempted = `take what ${name} names`;
      const object = await this.#blobs.head(name);
      if (object === undefined) throw notStored(this.name, attempted);
      const distinct = [...new Map(packs.map((pack) => [pack.id, pack])).values()];
      expectNameable(distinct, { object, attempted });
      const whole: NamedPack[] = [];
      const unregistered: string[] = [];
      for (const pack of distinct) {
        const info = await this.#blobs.head(objectName('packs', pack.id));
        if (info === undefined || info.sizeBytes < pack.sizeBytes) continue;
        whole.push(pack);
        if (!(await this.index.has(pack.id))) unregistered.push(pack.id);
      }
      if (unregistered.length === 0) await this.#names.name(id, whole);
      return unregistered;
    });
  }

  /** Begins a session at the index, which is answered from no pack in `condemned`, nor from one that no index object names. */
  async openIndexSession(id: string, condemned: readonly string[]): Promise<void> {
    await this.index.openSession({ id, condemned: [...condemned, ...this.#names.unnamedPacks] });
  }

  /** Of one that is broken, when what is under way has ended; never rejects. */
  async leave(): Promise<void> {
    await Promise.allSettled(this.#puts);
    await this.close().catch(() => {}); // its log has said what is wrong with it
  }

  #drop(packIds: readonly string[]): Promise<void> {
    return this.#onIndex(`forget ${packIds.length} packs`, () => this.index.drop(packIds));
  }

  /** A client tries again what is `unavailable`, and finds the index opened anew. */
  async #onIndex(attempted: string, change: () => Promise<void>): Promise<void> {
    try {
      await change();
    } catch (cause) {
      if (!(cause instanceof SegmentLogError) || !inDoubt.has(cause.code)) throw cause;
      this.#broken = true;
      throw new BlobsError('unavailable', { attempted, detail: cause.message, cause });
    }
  }

  async close(): Promise<void> {
    await this.index.close();
    await this.#blobs.close();
  }

  /**
   * Nobody owns a session that was there before, nor one whose snapshot is there: looked up behind the beginning, as that
   * snapshot may be committed, and its session ended, at the same time.
   */
  async #begin(sessionId: string, caller: string): Promise<void> {
    if (this.owners.isKnown(sessionId)) return;
    if ((await this.#blobs.head(objectName('sessions', sessionId))) !== undefined) return;
    if (!(await this.owners.begin(sessionId, caller))) return;
    if ((await this.#blobs.head(objectName('snapshots', sessionId))) !== undefined)
      await this.owners.end(sessionId);
  }

  /** In turns by name, so that what it replaces is counted once. */
  #replace(name: string, body: CheckedBody, request: PutRequest): Promise<'stored' | 'exists'> {
    return this.#turns.take(name, async () => {
      const before = await this.#blobs.head(name);
      const outcome = await this.#blobs.put(name, body, signalOf(request));
      if (before !== undefined) this.usage.giveBack(before.sizeBytes);
      return outcome;
    });
  }

  async #deleteOne(name: string, caller: string): Promise<void> {
    // Again within the turn: it may have been registered since.
    const packId = idOf('packs', name);
    if (packId !== undefined) {
      await this.#drop([packId]);
      this.#names.noteDropped(packId);
      this.#registered.forget(packId);
    }
    const indexObject = idOf('index', name);
    if (indexObject !== undefined) await this.#names.forget(indexObject);
    const info = await this.#blobs.head(name);
    if (info === undefined) return;
    await this.#blobs.delete([name]);
    this.usage.giveBack(info.sizeBytes);
    await this.#noteDeletion(name, caller);
  }

  /** A snapshot, or a fence, ends its session: whom it holds leases from goes on without it. */
  async #noteStored(name: string): Promise<void> {
    const indexObject = idOf('index', name);
    if (indexObject !== undefined) this.#names.note(indexObject);
    const sessionId = idOf('snapshots', name);
    if (sessionId !== undefined) await this.index.closeSession(sessionId);
  }

  async #noteDeletion(name: string, caller: string): Promise<void> {
    const sessionId = sessionOf(name);
    if (sessionId === undefined || name !== objectName('sessions', sessionId)) return;
    await this.index.closeSession(sessionId);
    if (this.owners.owns(sessionId, caller)) await this.owners.end(sessionId);
  }
}

/** What is kept of an index object stays within a multiple of what it takes of the quota. */
function expectNameable(
  packs: readonly NamedPack[],
  { object, attempted }: { readonly object: BlobInfo; readonly attempted: string },
): void {
  // It holds the id of each pack, which is a hash: no compression makes it smaller.
  if (packs.length * packIdBytes <= object.sizeBytes) return;
  const detail = `${packs.length} packs are not in ${object.sizeBytes} bytes`;
  throw new BackupError('invalid-argument', { attempted, detail });
}

/** A writer's own goes only behind a fence. */
function notStored(repository: string, what: string): BackupError {
  const attempted = `${what} in the repository '${repository}'`;
  return new BackupError('fenced', { attempted, detail: 'it is not stored: a collector took it' });
}

async function whatIsStored(blobs: Blobs) {
  const packBytes = new Map<string, number>();
  const indexObjects = new Set<string>();
  let bytes = 0;
  for await (const { name, sizeBytes } of allBlobs(blobs)) {
    bytes += sizeBytes;
    const [packId, indexObject] = [idOf('packs', name), idOf('index', name)];
    if (packId !== undefined) packBytes.set(packId, sizeBytes);
    if (indexObject !== undefined) indexObjects.add(indexObject);
  }
  return { bytes, packBytes, indexObjects };
}

function signalOf({ signal }: PutRequest): { readonly signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}

async function* allBlobs(blobs: Blobs): AsyncGenerator<BlobInfo> {
  let after: string | undefined;
  for (let more = true; more; ) {
    const page = await blobs.list({ prefix: '', ...(after !== undefined && { after }) });
    yield* page.blobs;
    after = page.blobs.at(-1)?.name;
    more = page.more;
  }
}
