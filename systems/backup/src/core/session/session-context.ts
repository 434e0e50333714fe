// What a session needs of the repository that it writes to.

import type { Blobs } from '@cairn/engines';
import type { World } from '@cairn/world';
import type { RepositoryConfig } from '../../format/repository-config.ts';
import type { ChunkIndex, WriterSession } from '../repository.ts';
import type { RepositoryIdentity } from '../repository-identity.ts';
import type { ObjectCache } from '../store/object-cache.ts';
import type { SealedObjects } from '../store/sealed-objects.ts';

export type SessionContext = {
  readonly blobs: Blobs;
  readonly world: World;
  readonly config: RepositoryConfig;
  readonly objects: SealedObjects;
  readonly identity: RepositoryIdentity;
  readonly cache: ObjectCache | undefined;
  /** W2, begun when it is called; without the index objects only what is not to be relied on. */
  readonly loadIndex: (options: { readonly readsIndex: boolean }) => Promise<ChunkIndex>;
  readonly ended: (session: WriterSession) => void;
};
