// A repository as everything above `core` sees it. Reading needs no session; whoever writes opens one.

import type { Blobs } from '@cairn/engines';
import type { World } from '@cairn/world';
import type { Keyring, RepositoryConfig } from '../format/repository-config.ts';
import type { Snapshot } from '../format/snapshot-record.ts';
import type { ChunkLocation } from '../packing/chunk-location.ts';
import type { PackEntries } from '../packing/pack-layout.ts';
import type { PackSummary, SealedPack } from '../packing/sealed-pack.ts';
import type { StoredObject } from './keys/second-copies.ts';
import type { RepositoryIdentity } from './repository-identity.ts';
import type { ObjectCache } from './store/object-cache.ts';
import type { SealedObjects } from './store/sealed-objects.ts';

export type Repository = {
  readonly id: string;
  readonly config: RepositoryConfig;
  readonly keyring: Keyring;
  /** The id of the key file that opened it, and whether it may only add. */
  readonly key: { readonly id: string; readonly appendOnly: boolean };
  /** What passwords wrap, and which version of the keyring it opened. */
  readonly root: { readonly key: Uint8Array; readonly keyringVersion: number };
  /** `config` and the keyring in force, as they lie in the store: each of them twice. */
  readonly openedWith: readonly StoredObject[];
  /** Retries what fails for the moment; throws `BlobsError`. Closed with the repository. */
  readonly blobs: Blobs;
  readonly world: World;
  /** For who writes past `objects` and sessions: whether the store still holds this repository. */
  readonly identity: RepositoryIdentity;
  /** Seals, puts, reads and opens objects that are envelopes. */
  readonly objects: SealedObjects;
  /** What is kept of a remote repository between runs. */
  readonly cache: ObjectCache | undefined;
  /** All snapshots, oldest first; one that cannot be read is in `damaged`. Read anew at each call. */
  snapshots(): Promise<{
    readonly snapshots: readonly Snapshot[];
    readonly damaged: readonly DamagedObject[];
  }>;
  /** Which chunks lie where: read at the first call, then kept; `refresh` reads again what is new. */
  index(options?: { refresh?: boolean }): Promise<ChunkIndex>;
  /**
   * The raw bytes of chunks, in the order of `fingerprints` (n x 32 bytes), each checked against its fingerprint. Reads
   * neighbours of a pack in one request. Looks again in a fresh index where a pack is gone. Throws `damaged`, naming
   * fingerprint and pack.
   */
  readChunks(fingerprints: Uint8Array, options?: ReadChunksOptions): AsyncIterable<Uint8Array>;
  /** What an index object says; undefined when it is gone. Throws `damaged`, `store`. */
  readIndexObject(id: string): Promise<readonly PackSummary[] | undefined>;
  /** W1 and W2 of DESIGN.md. */
  openSession(options: SessionOptions): Promise<WriterSession>;
  close(): Promise<void>;
};

export type DamagedObject = { readonly name: string; readonly problem: string };
export type ReadChunksOptions = { readonly signal?: AbortSignal };

export type ChunkIndex = {
  /** Packs that were listed, with what index objects say of them. */
  readonly packs: readonly IndexedPack[];
  /** What index objects say of packs that were not listed: nothing of these can be read. */
  readonly missing: readonly IndexedPack[];
  /** The index objects that were read, by id. */
  readonly indexObjects: readonly string[];
  /** The best copy: one in a whole pack that nobody condemned, if there is one. */
  locate(fingerprint: Uint8Array): ChunkLocation | undefined;
  /** All copies in listed packs, best first. */
  copies(fingerprint: Uint8Array): readonly ChunkLocation[];
  /** Whether a writer may rely on it: there is a copy in a whole pack that nobody condemned. */
  isKnown(fingerprint: Uint8Array): boolean;
  /** Every chunk with such a copy, in no order, one twice when it has two copies. Views: not to be kept or changed. */
  knownFingerprints(): Iterable<Uint8Array>;
  /** The same, n x 32 bytes at a time. */
  knownFingerprintRuns(): Iterable<Uint8Array>;
  /** Also of missing packs. */
  packOf(packId: string): IndexedPack | undefined;
  /** The chunks of a pack, in its order, as its index objects have them. Views where that is cheaper. */
  contentsOf(packId: string): PackEntries | undefined;
  /** Entries of listed packs, every copy counted. */
  readonly chunkCount: number;
  /** Packs in any condemnation or verdict, listed or not: what a fingerprint service must not answer from. */
  readonly condemnedPacks: ReadonlySet<string>;
  /** Ids of the objects below `condemned/` when it was read. */
  readonly condemnations: readonly string[];
  /** Index objects, condemnations and verdicts that could not be read. */
  readonly damaged: readonly DamagedObject[];
  /** Packs that were listed but are in no index object that could be read. */
  readonly orphans: readonly { readonly id: string; readonly sizeBytes: number }[];
};

export type IndexedPack = Omit<PackSummary, 'entries'> & {
  /** In a condemnation or a verdict. */
  readonly condemned: boolean;
  /** What the listing says: less than `sizeBytes` when it was cut short, 0 when it is missing. */
  readonly listedBytes: number;
  readonly indexObjects: readonly string[];
};

export type SessionOptions = {
  readonly purpose: 'create' | 'copy' | 'rewrite' | 'tag' | 'gc' | 'repair';
  readonly host: string;
  readonly user: string;
  /**
   * False: of W2 only what is not to be relied on is read, and `index` knows no chunk, for a service is asked. Else all of the
   * index is read.
   */
  readonly readsIndex?: boolean;
  /** Called between W1 and W2, with the id of the session. */
  readonly beforeIndex?: (id: string) => Promise<void>;
  /**
   * Called with packs of this session when an index object that names them is durable, once for each unless it rejects: then
   * again at the next `flush`, which rejects with the same. Others may rely on these packs.
   */
  readonly onIndexed?: (object: {
    readonly id: string;
    readonly packs: readonly PackSummary[];
  }) => Promise<void>;
};

/** A writer at work. Its heartbeat runs on the world's clock until `commit` or `abandon`. */
export type WriterSession = {
  readonly id: string;
  /** What may be relied on: read after the session was durable (W2). */
  readonly index: ChunkIndex;
  /** What it stored so far. */
  readonly counts: SessionCounts;
  /** Stores a pack, and index objects when they are due; resolves when the pack is durable. Backpressure is the caller's. */
  addPack(pack: SealedPack): Promise<void>;
  /** Writes the last index object. Called by `commit`, too. */
  flush(): Promise<void>;
  /**
   * W4 and W5. After `fenced` the session is of no use: open another, ask for every chunk again. When it throws, the outcome is not
   * known and the session goes on: call it again, with the same snapshot.
   */
  commit(snapshot: Omit<Snapshot, 'kind' | 'id'>): Promise<'committed' | 'fenced'>;
  /** Ends it without a snapshot. What was stored stays until `gc`. */
  abandon(): Promise<void>;
};

export type SessionCounts = {
  readonly packs: number;
  readonly packBytes: number;
  readonly indexBytes: number;
};
