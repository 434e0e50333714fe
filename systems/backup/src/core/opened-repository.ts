// A repository that is open: what `repository.ts` promises, put together from the parts.

import type { Blobs } from '@cairn/engines';
import type { World } from '@cairn/world';
import { BackupError } from '../errors.ts';
import { decodeIndexObject } from '../format/index-object.ts';
import { configName, keyringVersionName, objectName } from '../format/object-names.ts';
import type { Keyring, RepositoryConfig } from '../format/repository-config.ts';
import { PackReader } from '../packing/open-pack.ts';
import type { PackSummary } from '../packing/sealed-pack.ts';
import { loadCondemned, loadIndex } from './chunk-index/load-index.ts';
import type { LoadedChunkIndex } from './chunk-index/loaded-chunk-index.ts';
import type { Unlocked } from './keys/unlock.ts';
import { readChunks } from './reading/read-chunks.ts';
import type {
  ChunkIndex,
  ReadChunksOptions,
  Repository,
  SessionOptions,
  WriterSession,
} from './repository.ts';
import { RepositoryIdentity } from './repository-identity.ts';
import { openSession } from './session/open-session.ts';
import { listSnapshots, type SnapshotListing } from './snapshots.ts';
import type { ObjectCache } from './store/object-cache.ts';
import { readWhole } from './store/read-whole.ts';
import { SealedObjects } from './store/sealed-objects.ts';

export type RepositoryParts = Unlocked & {
  readonly blobs: Blobs;
  readonly world: World;
  readonly config: RepositoryConfig;
  /** `config` as it lies in the store. */
  readonly sealedConfig: Uint8Array;
  readonly cache: ObjectCache | undefined;
};

/** Purposes that take something away. */
const purposesDenied: readonly SessionOptions['purpose'][] = ['gc', 'repair', 'rewrite', 'tag'];

export class OpenedRepository implements Repository {
  readonly id: string;
  readonly config: RepositoryConfig;
  readonly keyring: Keyring;
  readonly key: Repository['key'];
  readonly root: Repository['root'];
  readonly openedWith: Repository['openedWith'];
  readonly blobs: Blobs;
  readonly world: World;
  readonly identity: RepositoryIdentity;
  readonly objects: SealedObjects;
  readonly cache: ObjectCache | undefined;
  readonly #packReader: PackReader;
  readonly #sessions = new Set<WriterSession>();
  #index: Promise<LoadedChunkIndex> | undefined;
  #lastIndex: LoadedChunkIndex | undefined;
  #closed = false;

  constructor(parts: RepositoryParts) {
    this.id = parts.config.id;
    this.config = parts.config;
    this.keyring = parts.keyring;
    this.key = { id: parts.keyId, appendOnly: parts.keyFile.appendOnly };
    this.root = { key: parts.rootKey, keyringVersion: parts.keyringVersion };
    this.openedWith = [
      { name: keyringVersionName(parts.keyringVersion), bytes: parts.sealedKeyring },
      { name: configName, bytes: parts.sealedConfig },
    ];
    this.blobs = parts.blobs;
    this.world = parts.world;
    this.cache = parts.cache;
    this.identity = new RepositoryIdentity(parts);
    this.objects = new SealedObjects(this);
    this.#packReader = new PackReader(parts.config, parts.keyring);
  }

  snapshots(): Promise<SnapshotListing> {
    this.#checkOpen('list snapshots');
    return listSnapshots(this);
  }

  index(options: { refresh?: boolean } = {}): Promise<ChunkIndex> {
    this.#checkOpen('read the index');
    if (this.#index !== undefined && !options.refresh) return this.#index;
    return this.#load({ writer: false });
  }

  readChunks(fingerprints: Uint8Array, options: ReadChunksOptions = {}): AsyncIterable<Uint8Array> {
    this.#checkOpen('read chunks');
    const { blobs, world, cache } = this;
    const index = (wanted?: { refresh?: boolean }) => this.index(wanted);
    return readChunks({ blobs, world, cache, packReader: this.#packReader, index }, fingerprints, options);
  }

  async readIndexObject(id: string): Promise<readonly PackSummary[] | undefined> {
    const name = objectName('index', id);
    const bytes = await readWhole({ blobs: this.blobs, world: this.world, name });
    return bytes && decodeIndexObject(this.objects.openIndexObject(id, bytes), name);
  }

  async openSession(options: SessionOptions): Promise<WriterSession> {
    const attempted = `open a session for ${options.purpose}`;
    this.#checkOpen(attempted);
    if (this.key.appendOnly && purposesDenied.includes(options.purpose)) {
      throw new BackupError('denied', { attempted, detail: `key ${this.key.id} may only add` });
    }
    const { blobs, world, config, objects, identity, cache } = this;
    const session = await openSession(
      {
        blobs,
        world,
        config,
        objects,
        identity,
        cache,
        loadIndex: ({ readsIndex }) => (readsIndex ? this.#load({ writer: true }) : loadCondemned(this)),
        ended: (ended) => this.#sessions.delete(ended),
      },
      options,
    );
    this.#sessions.add(session);
    return session;
  }

  /** Abandons the sessions that are open, and closes the blobs. Idempotent. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const session of this.#sessions) await session.abandon();
    await this.blobs.close();
  }

  /** Begins to read now, and is what `index` gives from now on, unless it fails: then the next caller tries again. */
  #load(options: { writer: boolean }): Promise<LoadedChunkIndex> {
    const loading = loadIndex(this, { ...options, previous: this.#lastIndex });
    this.#index = loading;
    loading.then(
      (index) => {
        this.#lastIndex = index;
      },
      () => {
        if (this.#index === loading) this.#index = undefined;
      },
    );
    return loading;
  }

  #checkOpen(attempted: string): void {
    if (this.#closed) throw new BackupError('closed', { attempted });
  }
}
