// Worlds and stores that break one promise, to prove that the simulation would notice a storage that relies on less than
// it should, or keeps less than it says.

import type { Transaction } from '@cairn/engines';
import type { Disk, DiskFile, World } from '@cairn/world';
import { upsertObject } from '../../src/metadata/objects.ts';
import { upsertParts } from '../../src/metadata/part-rows.ts';
import { sealedPart, sealedShare, sealedVersion } from '../../src/metadata/row-checksums.ts';
import { upsertShares } from '../../src/metadata/share-counts.ts';
import { markCurrent, markNoncurrent } from '../../src/metadata/sharing.ts';
import metadataStore from '../../src/metadata/store.ts';
import { removeUpload } from '../../src/metadata/uploads.ts';
import { versionBeforeVersioning } from '../../src/metadata/version-order.ts';
import { copyToObject, copyToVersion, removeVersion } from '../../src/metadata/version-statements.ts';

/** Syncs of files are acknowledged and do nothing. */
export function withoutSync(world: World): World {
  const open: Disk['open'] = async (path, mode) => {
    const file = await world.disk.open(path, mode);
    return replacing(file, { sync: async () => {} } satisfies Partial<DiskFile>);
  };
  return { ...world, disk: replacing(world.disk, { open }) };
}

/** Syncs of folders are acknowledged and do nothing. */
export function withoutDirectorySync(world: World): World {
  return { ...world, disk: replacing(world.disk, { syncDirectory: async () => {} }) };
}

/** The same for the file of master keys only. */
export function withoutSyncOfMasterKeys(world: World): World {
  const broken = withoutSync(world);
  const open: Disk['open'] = (path, mode) =>
    (path.includes('master-keys') ? broken : world).disk.open(path, mode);
  return { ...world, disk: replacing(world.disk, { open }) };
}

/** The same for the folder that the file of master keys is in. */
export function withoutFolderSyncOfMasterKeys(world: World): World {
  const syncDirectory: Disk['syncDirectory'] = async (directory) => {
    if (directory !== '.') await world.disk.syncDirectory(directory);
  };
  return { ...world, disk: replacing(world.disk, { syncDirectory }) };
}

/** The same object with some methods replaced; the others keep their own `this`. */
export function replacing<T extends object>(target: T, replaced: Partial<T>): T {
  return new Proxy(target, {
    get(object, name) {
      if (Object.hasOwn(replaced, name)) return Reflect.get(replaced, name);
      const value = Reflect.get(object, name, object);
      return typeof value === 'function' ? value.bind(object) : value;
    },
  });
}

type Step = Transaction<unknown> extends Generator<infer Yielded, unknown, unknown> ? Yielded : never;
type Change = (step: Step) => Step | 'skipped';
type Writes = typeof metadataStore.writes;

/** The metadata store with some steps of its writes left out or changed. */
function withSteps(change: Change): typeof metadataStore {
  const entries = Object.entries(metadataStore.writes).map(([name, write]) => [
    name,
    (input: never) => changed((write as (input: never) => Transaction<unknown>)(input), change),
  ]);
  return { ...metadataStore, writes: Object.fromEntries(entries) as Writes };
}

function* changed<Output>(transaction: Transaction<Output>, change: Change): Transaction<Output> {
  let next = transaction.next();
  while (!next.done) {
    const step = change(next.value);
    next = transaction.next(step === 'skipped' ? { rows: [], changes: 0 } : yield step);
  }
  return next.value;
}

const without =
  (left: unknown): Change =>
  (step) =>
    step.statement === left ? 'skipped' : step;

/** What is current is overwritten without being set aside. */
export const withoutSettingAside = withSteps(without(copyToVersion));
/** What is newest after a deletion does not become current. */
export const withoutPromotion = withSteps(without(copyToObject));
/** The null version stays when another one comes. */
export const withoutRemoval = withSteps(without(removeVersion));
/** New versions sort behind older ones. */
export const misordered = withSteps((step) => {
  const { version } = step.parameters;
  if (step.statement !== (upsertObject as unknown) || version === versionBeforeVersioning) return step;
  const older = { ...step.parameters, version: `ffff${String(version).slice(4)}` };
  return { ...step, parameters: sealedVersion(older as unknown as Parameters<typeof sealedVersion>[0]) };
});
/** A copy is not counted. */
export const withoutCounting = withSteps((step) => {
  if (step.statement !== (upsertShares as unknown)) return step;
  const { shares } = step.parameters as unknown as { shares: readonly Parameters<typeof sealedShare>[0][] };
  const fewer = shares.map(({ blob, holders }) => sealedShare({ blob, holders: Math.max(1, holders - 1) }));
  return { ...step, parameters: { shares: fewer } };
});
/** The source of a copy does not say that it is shared. */
export const withoutMark = withSteps((step) =>
  step.statement === (markCurrent as unknown) || step.statement === (markNoncurrent as unknown)
    ? 'skipped'
    : step,
);
/** Parts that a copy, or the next version, shares do not say so: they are written as they were. */
export const withoutPartMark = withSteps((step) => {
  if (step.statement !== (upsertParts as unknown)) return step;
  const { parts } = step.parameters as unknown as { parts: readonly Parameters<typeof sealedPart>[0][] };
  return { ...step, parameters: { parts: parts.map((part) => sealedPart({ ...part, shared: null })) } };
});
/** Uploads of a bucket that is deleted stay behind it. */
export const withoutDroppingUploads = withSteps(without(removeUpload));
