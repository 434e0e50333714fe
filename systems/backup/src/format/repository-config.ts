// The parameters of a repository, chosen at `init` and sealed in its `config`.

export type RepositoryConfig = {
  readonly version: 1;
  /** 32 hex digits. */
  readonly id: string;
  /** RFC 3339. */
  readonly created: string;
  readonly fingerprint: 'blake3' | 'sha256';
  readonly cipher: 'aes-256-gcm' | 'chacha20-poly1305';
  /** zstd; 0 stores chunks as they are. */
  readonly compressionLevel: number;
  readonly chunkBytes: { readonly min: number; readonly average: number; readonly max: number };
  readonly packBytes: number;
  readonly concurrency: 'optimistic' | 'pessimistic';
  readonly leaseMs: number;
};

/** The secrets of a repository. All keys are 32 bytes. */
export type Keyring = {
  readonly epochs: ReadonlyMap<number, Uint8Array>;
  /** The epoch that new objects are sealed under; from 1. */
  readonly current: number;
  readonly fingerprintKey: Uint8Array;
  readonly chunkerSecret: Uint8Array;
};
