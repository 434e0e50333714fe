// A writer's session, and, where a service knows the chunks, that of the service with it.

import type { Repository, SessionOptions, WriterSession } from '../core/repository.ts';
import { isDamage } from '../core/store/store-error.ts';
import type {
  FingerprintService,
  IndexedPacks,
  OpenFingerprintService,
} from '../service/fingerprint-service.ts';

export type SessionBesideService = {
  readonly session: WriterSession;
  readonly service: FingerprintService | undefined;
};

/** W1 and W2 of DESIGN.md; without `openService` all of the index is read. */
export async function openBesideService(
  repository: Repository,
  options: Pick<SessionOptions, 'purpose' | 'host' | 'user'>,
  openService: OpenFingerprintService | undefined,
): Promise<SessionBesideService> {
  let service: FingerprintService | undefined;
  // Not before an index object names them: another writer's snapshot may refer to them at once.
  const onIndexed = async (object: IndexedPacks) => service?.register(object);
  const readsIndex = openService === undefined;
  const session = await repository.openSession({ ...options, readsIndex, onIndexed });
  try {
    service = await openService?.({
      id: session.id,
      condemnedPacks: session.index.condemnedPacks,
      readIndexObject: (id) => readIndexObject(repository, id),
    });
    return { session, service };
  } catch (error) {
    // Nobody is left who would end it; the first error is the one to tell.
    await session.abandon().catch(() => {});
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
