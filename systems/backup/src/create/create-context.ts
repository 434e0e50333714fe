// What one try of a backup works with: a session (none for a dry run), and the table of what is known.

import type { ChunkIndex, Repository, WriterSession } from '../core/repository.ts';
import { isDamage } from '../core/store/store-error.ts';
import type { ArchiverInit } from '../packing/archiver-messages.ts';
import { FingerprintTable } from '../packing/fingerprint-table.ts';
import { PackBuffers } from '../packing/pack-buffers.ts';
import type { SealedPack } from '../packing/sealed-pack.ts';
import type { FingerprintService, IndexedPacks } from '../service/fingerprint-service.ts';
import type { CreateOptions } from './create-options.ts';
import { LocatedChunks } from './located-chunks.ts';
import { uploadsAtOnce } from './pack-uploads.ts';

export type CreateContext = {
  readonly repository: Repository;
  readonly session: WriterSession | undefined;
  readonly service: FingerprintService | undefined;
  readonly table: FingerprintTable;
  readonly buffers: PackBuffers;
  /** Of the parent's manifest. */
  readonly chunks: Pick<Repository, 'readChunks'>;
  readonly archiverInit: ArchiverInit;
  /** Durable when it resolves. */
  readonly storePack: (pack: SealedPack) => Promise<void>;
};

/** W1 and W2 of DESIGN.md. A dry run leaves no trace in the repository, so it has no session. */
export async function openCreateContext(
  repository: Repository,
  options: {
    readonly host: string;
    readonly user: string;
    readonly dry: boolean;
    readonly archivers: number;
    readonly openService: CreateOptions['openService'] | undefined;
  },
): Promise<CreateContext> {
  const { host, user, dry, archivers, openService } = options;
  let service: FingerprintService | undefined;
  // Not before an index object names them: another writer's snapshot may refer to them at once.
  const onIndexed = async (object: IndexedPacks) => service?.register(object);
  const readsIndex = openService === undefined;
  const session = dry
    ? undefined
    : await repository.openSession({ purpose: 'create', host, user, readsIndex, onIndexed });
  if (session !== undefined) service = await openedOrEnd(repository, session, openService);
  const index = session?.index ?? (await repository.index({ refresh: true }));
  const table = service === undefined ? tableOf(index) : FingerprintTable.create();
  const { config, keyring } = repository;
  // The walker fills packs, too; and each may have filled one that is not on its way yet.
  const buffers = PackBuffers.create(config.packBytes, 2 * (archivers + 1) + uploadsAtOnce(config));
  return {
    repository,
    session,
    service,
    table,
    buffers,
    chunks: service === undefined ? repository : new LocatedChunks(repository, service),
    archiverInit: {
      config,
      keyring,
      table: table.handle,
      buffers: buffers.handle,
      lookup: service === undefined ? 'table' : 'ask',
      dry,
    },
    storePack: async (pack) => {
      await session!.addPack(pack);
    },
  };
}

/** Where the service cannot be opened nobody is left who would end the session. */
async function openedOrEnd(
  repository: Repository,
  session: WriterSession,
  openService: CreateOptions['openService'],
): Promise<FingerprintService | undefined> {
  try {
    return await openService?.({
      id: session.id,
      condemnedPacks: session.index.condemnedPacks,
      readIndexObject: (id) => readIndexObject(repository, id),
    });
  } catch (error) {
    await session.abandon().catch(() => {}); // the first error is the one to tell
    throw error;
  }
}

/** One that is hurt names nothing; `verify` tells of it. */
async function readIndexObject(repository: Repository, id: string): Promise<IndexedPacks | undefined> {
  try {
    const packs = await repository.readIndexObject(id);
    return packs && { id, packs };
  } catch (error) {
    if (isDamage(error)) return undefined;
    throw error;
  }
}

function tableOf(index: ChunkIndex): FingerprintTable {
  const table = FingerprintTable.create(index.chunkCount);
  for (const run of index.knownFingerprintRuns()) table.addAll(run);
  return table;
}
