// How far a verification is, and what it looked at.

export type VerifyStage = 'objects' | 'packs' | 'manifests';

export type VerifyProgress = {
  readonly stage: VerifyStage;
  /** Of this stage: objects, packs, directories. `total` is 0 while it is not known. */
  readonly done: number;
  readonly total: number;
  /** Of packs, read so far. */
  readonly bytes: number;
  readonly bytesTotal: number;
  readonly findings: number;
};

export type RepositoryStatus = {
  readonly snapshots: number;
  readonly packs: number;
  /** Packs that were read whole, and their bytes. */
  readonly packsRead: number;
  readonly bytesRead: number;
  readonly chunks: number;
  /** Directories that lie on their own; those inside of them are read with them. */
  readonly directories: number;
  readonly files: number;
};
