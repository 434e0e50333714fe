// What one try of a backup works with: a session (none for a dry run), and the table of what is known.

import type { ChunkIndex, Repository, WriterSession } from '../core/repository.ts';
import type { ArchiverInit } from '../packing/archiver-messages.ts';
import { FingerprintTable } from '../packing/fingerprint-table.ts';
import { PackBuffers } from '../packing/pack-buffers.ts';
import type { SealedPack } from '../packing/sealed-pack.ts';
import type { FingerprintService } from '../service/fingerprint-service.ts';
import type { CreateOptions } from './create-options.ts';
import { LocatedChunks } from './located-chunks.ts';
import { openBesideService } from './open-beside-service.ts';
import { uploadsAtOnce } from './pack-uploads.ts';

export type CreateContext = {
  readonly repository: Repository;
  readonly session: WriterSession | undefined;
  readonly service: FingerprintService | undefined;
  readonly table: FingerprintTable;
  readonly buffers: PackBuffers;
  /** Packs. */
  readonly uploadsAtOnce: number;
  /** Of the parent's manifest. */
  readonly chunks: Pick<Repository, 'readChunks'>;
  readonly archiverInit: ArchiverInit;
  /** Durable when it resolves. */
  readonly storePack: (pack: SealedPack) => Promise<void>;
};

const nothing = { session: undefined, service: undefined };

/** W1 and W2 of DESIGN.md. A dry run leaves no trace in the repository, so it has no session. */
export async function openCreateContext(
  repository: Repository,
  options: {
    readonly host: string;
    readonly user: string;
    readonly dry: boolean;
    readonly archivers: number;
    readonly uploadBytesAtOnce: number | undefined;
    readonly openService: CreateOptions['openService'] | undefined;
  },
): Promise<CreateContext> {
  const { host, user, dry, archivers, uploadBytesAtOnce, openService } = options;
  const { session, service } = dry
    ? nothing
    : await openBesideService(repository, { purpose: 'create', host, user }, openService);
  const index = session?.index ?? (await repository.index({ refresh: true }));
  const table = service === undefined ? tableOf(index) : FingerprintTable.create();
  const { config, keyring } = repository;
  const uploads = uploadsAtOnce(config, uploadBytesAtOnce);
  // The walker fills packs, too; and each may have filled one that is not on its way yet.
  const buffers = PackBuffers.create(config.packBytes, 2 * (archivers + 1) + uploads);
  return {
    repository,
    session,
    service,
    table,
    buffers,
    uploadsAtOnce: uploads,
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

function tableOf(index: ChunkIndex): FingerprintTable {
  const table = FingerprintTable.create(index.chunkCount);
  for (const run of index.knownFingerprintRuns()) table.addAll(run);
  return table;
}
