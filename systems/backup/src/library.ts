// The library's functions, each loaded at its first call: a process that mounts the service, or a command that lists
// snapshots, does not carry the walker, the archivers and the rest.

import type { verifyRepository as Verify } from './check/verify-repository.ts';
import type { collectGarbage as Collect } from './collect/collect-garbage.ts';
import type { policyNowMs as PolicyNow } from './collect/policy-now.ts';
import type { forgetSnapshots as Forget } from './core/forget-snapshots.ts';
import type { initRepository as Init } from './core/init-repository.ts';
import type {
  addKey as AddKey,
  listKeys as ListKeys,
  removeKey as RemoveKey,
} from './core/keys/manage-keys.ts';
import type { rotateKeys as RotateKeys } from './core/keys/rotate-keys.ts';
import type { openRepository as Open } from './core/open-repository.ts';
import type { resolveSnapshot as Resolve, resolveSnapshotId as ResolveId } from './core/resolve-snapshot.ts';
import type { countSource as Count } from './create/count/count-source.ts';
import type { CreateOptions } from './create/create-options.ts';
import type { createSnapshot as Create } from './create/create-snapshot.ts';
import type { inspectObject as Inspect } from './inspect/inspect-object.ts';
import type { repositoryStats as Stats } from './inspect/repository-stats.ts';
import type { repairRepository as Repair } from './repair/repair-repository.ts';
import type { dumpFile as DumpFile } from './restore/dump/dump-file.ts';
import type { dumpTree as DumpTree } from './restore/dump/dump-tree.ts';
import type { restoreSnapshot as Restore } from './restore/restore-snapshot.ts';
import type { ScheduledRun, ScheduleOptions } from './schedule/run-schedule.ts';
import type { FingerprintServiceOptions } from './service/client/open-fingerprint-service.ts';
import type { openServiceAdministration as OpenAdministration } from './service/client/service-administration.ts';
import type { openStore as OpenStore } from './stores/open-store.ts';
import type { copySnapshots as Copy } from './transform/copy-snapshots.ts';
import type { rewriteSnapshots as Rewrite } from './transform/rewrite-snapshots.ts';
import type { tagSnapshots as Tag } from './transform/tag-snapshots.ts';
import type { serveWebdav as Serve } from './webdav/serve-webdav.ts';

export const openStore = lazily<typeof OpenStore>(
  async () => (await import('./stores/open-store.ts')).openStore,
);
export const initRepository = lazily<typeof Init>(
  async () => (await import('./core/init-repository.ts')).initRepository,
);
export const openRepository = lazily<typeof Open>(
  async () => (await import('./core/open-repository.ts')).openRepository,
);
export const addKey = lazily<typeof AddKey>(async () => (await import('./core/keys/manage-keys.ts')).addKey);
export const listKeys = lazily<typeof ListKeys>(
  async () => (await import('./core/keys/manage-keys.ts')).listKeys,
);
export const removeKey = lazily<typeof RemoveKey>(
  async () => (await import('./core/keys/manage-keys.ts')).removeKey,
);
export const rotateKeys = lazily<typeof RotateKeys>(
  async () => (await import('./core/keys/rotate-keys.ts')).rotateKeys,
);
export const resolveSnapshot = lazily<typeof Resolve>(
  async () => (await import('./core/resolve-snapshot.ts')).resolveSnapshot,
);
export const resolveSnapshotId = lazily<typeof ResolveId>(
  async () => (await import('./core/resolve-snapshot.ts')).resolveSnapshotId,
);
export const policyNowMs = lazily<typeof PolicyNow>(
  async () => (await import('./collect/policy-now.ts')).policyNowMs,
);
export const forgetSnapshots = lazily<typeof Forget>(
  async () => (await import('./core/forget-snapshots.ts')).forgetSnapshots,
);
export const createSnapshot = lazily<typeof Create>(
  async () => (await import('./create/create-snapshot.ts')).createSnapshot,
);
export const countSource = lazily<typeof Count>(
  async () => (await import('./create/count/count-source.ts')).countSource,
);
export const restoreSnapshot = lazily<typeof Restore>(
  async () => (await import('./restore/restore-snapshot.ts')).restoreSnapshot,
);
export const collectGarbage = lazily<typeof Collect>(
  async () => (await import('./collect/collect-garbage.ts')).collectGarbage,
);
export const verifyRepository = lazily<typeof Verify>(
  async () => (await import('./check/verify-repository.ts')).verifyRepository,
);
export const repairRepository = lazily<typeof Repair>(
  async () => (await import('./repair/repair-repository.ts')).repairRepository,
);
export const inspectObject = lazily<typeof Inspect>(
  async () => (await import('./inspect/inspect-object.ts')).inspectObject,
);
export const repositoryStats = lazily<typeof Stats>(
  async () => (await import('./inspect/repository-stats.ts')).repositoryStats,
);
export const tagSnapshots = lazily<typeof Tag>(
  async () => (await import('./transform/tag-snapshots.ts')).tagSnapshots,
);
export const rewriteSnapshots = lazily<typeof Rewrite>(
  async () => (await import('./transform/rewrite-snapshots.ts')).rewriteSnapshots,
);
export const copySnapshots = lazily<typeof Copy>(
  async () => (await import('./transform/copy-snapshots.ts')).copySnapshots,
);
export const serveWebdav = lazily<typeof Serve>(
  async () => (await import('./webdav/serve-webdav.ts')).serveWebdav,
);

/** As `dumpFile` of restore/dump/dump-file.ts; the promise is for its loading. */
export async function dumpFile(
  ...parameters: Parameters<typeof DumpFile>
): Promise<ReturnType<typeof DumpFile>> {
  return (await import('./restore/dump/dump-file.ts')).dumpFile(...parameters);
}

/** As `dumpTree` of restore/dump/dump-tree.ts. */
export async function dumpTree(
  ...parameters: Parameters<typeof DumpTree>
): Promise<ReturnType<typeof DumpTree>> {
  return (await import('./restore/dump/dump-tree.ts')).dumpTree(...parameters);
}

/** As `runSchedule` of schedule/run-schedule.ts; the promise is for its loading. */
export async function runSchedule<Result>(
  work: (signal: AbortSignal) => Promise<Result>,
  options: ScheduleOptions,
): Promise<AsyncGenerator<ScheduledRun<Result>, void, void>> {
  return (await import('./schedule/run-schedule.ts')).runSchedule(work, options);
}

export async function parseSchedule(
  options: Pick<ScheduleOptions, 'cron' | 'timeZone'>,
): Promise<(afterMs: number) => number | undefined> {
  return (await import('./schedule/run-schedule.ts')).parseSchedule(options);
}

/**
 * For `CreateOptions.openService`: undefined unless the URL is one of a repository at Cairn's backup service, whose
 * fingerprint index is then asked.
 */
export function fingerprintServiceFor(options: FingerprintServiceOptions): CreateOptions['openService'] {
  if (!/^cairns?:/i.test(options.url)) return undefined;
  return async (session) => {
    const { fingerprintServiceOpener } = await import('./service/client/open-fingerprint-service.ts');
    return fingerprintServiceOpener(options)(session);
  };
}

/** As `openServiceAdministration` of service/client/service-administration.ts. */
export const openServiceAdministration = lazily<typeof OpenAdministration>(
  async () => (await import('./service/client/service-administration.ts')).openServiceAdministration,
);

/** A function as `load` will give it. */
function lazily<Work extends (...parameters: never[]) => Promise<unknown>>(load: () => Promise<Work>): Work {
  const call = async (...parameters: Parameters<Work>) => (await load())(...parameters);
  return call as unknown as Work;
}
