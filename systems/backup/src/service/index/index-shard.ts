// One shard of a repository's fingerprint index, behind the interface that a store by URL can implement later: what is
// asked crosses it in batches, and nothing in it is a reference.

/** n keys of 16 bytes: the first half of each fingerprint. */
export type Keys = Uint8Array;

export type IndexShard = {
  readonly name: string;
  /** Entries, and packs that are not dropped. */
  readonly counts: ShardCounts;
  /**
   * For each key 1 when a pack holds it that is neither dropped nor in the exclusion of that name; else 0. Written to
   * `answers` at the positions in `at`.
   */
  lookup(keys: Keys, options: ShardLookup): Promise<void>;
  /** For each key the id of a pack that holds it and is not dropped, at the position in `at` (as of a lookup). */
  locate(
    keys: Keys,
    into: { readonly packIds: (string | undefined)[]; readonly at?: Uint32Array },
  ): Promise<void>;
  /** What a lookup under `name` must not rely on, until it is changed; `undefined` ends it. */
  exclude(name: string, packIds: readonly string[] | undefined): Promise<void>;
  /** Durable when it resolves. A pack that is registered again is known again. */
  register(packId: string, keys: Keys): Promise<void>;
  /** Durable when it resolves: nothing is answered from these packs any more. */
  drop(packIds: readonly string[]): Promise<void>;
  has(packId: string): Promise<boolean>;
  packIds(): Promise<readonly string[]>;
  /** What was registered of packs that are not dropped, while they may be dropped or registered. */
  registrations(): AsyncIterable<{ readonly packId: string; readonly keys: Keys }>;
  /** All keys that are answered from, in pieces. */
  keys(): AsyncIterable<Keys>;
  /** Forgets what `isMine` denies: it moved to another shard. */
  retain(isMine: (keys: Keys, offset: number) => boolean): Promise<void>;
  close(): Promise<void>;
};

export type ShardLookup = {
  readonly excluding: string | undefined;
  readonly answers: Uint8Array;
  /** Which answer each key's is: `at[i]` of key i; key i's is i when absent. */
  readonly at?: Uint32Array;
};

export type ShardCounts = {
  readonly entries: number;
  readonly packs: number;
  readonly memoryBytes: number;
  readonly logBytes: number;
};
