// A worker that examines packs, one after the other. Bytes come on shared memory; what goes back is small.

import type { BatchHandler, OpenExecutor, Result } from '@cairn/world';
import type { Keyring, RepositoryConfig } from '../format/repository-config.ts';
import { PackReader } from '../packing/open-pack.ts';
import { examinePack, type PackExamination, type PackToExamine } from './examine-pack.ts';

export type VerifyWorkerInit = { readonly config: RepositoryConfig; readonly keyring: Keyring };

export const openExecutor: OpenExecutor<VerifyWorkerInit, PackToExamine, PackExamination> = (init) => {
  const reader = new PackReader(init.config, init.keyring);
  return {
    handle: (packs) => packs.map((pack) => examined(reader, pack)),
    close() {},
  } satisfies BatchHandler<PackToExamine, PackExamination>;
};

function examined(reader: PackReader, pack: PackToExamine): Result<PackExamination> {
  try {
    return { ok: true, value: examinePack(reader, pack) };
  } catch (error) {
    return { ok: false, error };
  }
}
