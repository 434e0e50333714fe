// What one try of a backup works with: a session (none for a dry run), and the table of what is known.

import type { ChunkIndex, Repository, WriterSession } from '../core/repository.ts';
import type { ArchiverInit } from '../packing/archiver-messages.ts';
import { FingerprintTable } from '../packing/fingerprint-table.ts';
import { PackBuffers } from '../packing/pack-buffers.ts';
import type { PackSummary, SealedPack } from '../packing/sealed-pack.ts';
import type { FingerprintService } from '../service/fingerprint-service.ts';
import type { CreateOptions } from './create-options.ts';
import { uploadsAtOnce } from './pack-uploads.ts';

export type CreateContext = {
  readonly repository: Repository;
  readonly session: WriterSession | undefined;
  readonly service: FingerprintService | undefined;
  readonly table: FingerprintTable;
  readonly buffers: PackBuffers;
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
  const onIndexed = async (packs: readonly PackSummary[]) => {
    for (const pack of packs) await service?.register(pack);
  };
  const session = dry
    ? undefined
    : await repository.openSession({ purpose: 'create', host, user, onIndexed });
  if (session !== undefined) service = await openedOrEnd(session, openService);
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
  session: WriterSession,
  openService: CreateOptions['openService'],
): Promise<FingerprintService | undefined> {
  try {
    return await openService?.(session.id, session.index);
  } catch (error) {
    await session.abandon().catch(() => {}); // the first error is the one to tell
    throw error;
  }
}

function tableOf(index: ChunkIndex): FingerprintTable {
  const table = FingerprintTable.create(index.chunkCount);
  for (const run of index.knownFingerprintRuns()) table.addAll(run);
  return table;
}
