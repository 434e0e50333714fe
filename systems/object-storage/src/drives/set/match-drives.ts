// Finds out which folder holds which drive of the set, before anything is opened: what does not fit is refused, because a
// wrong guess would show an empty store, or mix two.

import type { Disk } from '@cairn/world';
import { ObjectStorageError } from '../../errors.ts';
import { type DriveLabel, driveFile, driveLabel, type SetState } from './set-state.ts';
import { readState } from './state-file.ts';

export type FoundFolder = {
  readonly folder: string;
  readonly label: DriveLabel | undefined;
  /** Nothing is in it, or it is not there. */
  readonly empty: boolean;
  /** Nothing was ever stored in it, at most its label was written. */
  readonly bare: boolean;
  /** Why its label cannot be read. */
  readonly failure: string | undefined;
};

export async function lookAt(disk: Disk, folder: string): Promise<FoundFolder> {
  try {
    const label = await readState(disk, `${folder}/${driveFile}`, driveLabel);
    const names = (await disk.list(folder)).filter((name) => !ignored.has(name));
    const bare = names.every((name) => name === driveFile);
    return { folder, label, empty: names.length === 0, bare, failure: undefined };
  } catch (error) {
    return { folder, label: undefined, empty: false, bare: false, failure: messageOf(error) };
  }
}

/** What a new file system has in its root, and what a crash leaves of a label. */
const ignored: ReadonlySet<string> = new Set(['lost+found', `${driveFile}.new`]);

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/**
 * A set as it was before its own file was lost: every drive has to be there. Undefined when nothing was ever stored in any
 * of the folders: then the set is still to be made.
 */
export function rebuiltState(found: readonly FoundFolder[]): SetState | undefined {
  const labels = found.flatMap(({ label }) => (label === undefined ? [] : [label]));
  const [first] = labels;
  if (first === undefined || found.every(({ bare }) => bare)) return undefined;
  const bySlot = new Map(labels.map((label) => [label.slot, label]));
  const whole =
    labels.length === first.slots &&
    bySlot.size === first.slots &&
    labels.every(({ set, slots }) => set === first.set && slots === first.slots);
  if (!whole) {
    refuse(
      'drives.json is missing, and the folders do not hold all drives of one set: bring back the data folder, or all drives',
    );
  }
  const slots = [...bySlot.values()]
    .toSorted((left, right) => left.slot - right.slot)
    .map(({ placement, drive, generation }) => ({ placement, drive, generation, missed: true }));
  return { set: first.set, slots };
}

/**
 * The folder of every slot, and the folders that are to become new slots. A slot whose drive is in no folder gets one
 * without a drive: that is where it is missing, or may be replaced.
 */
export function matchFolders(
  state: SetState,
  found: readonly FoundFolder[],
): { readonly folders: readonly string[]; readonly added: readonly string[] } {
  const byDrive = new Map<string, string>();
  for (const { folder, label } of found) {
    if (label === undefined) continue;
    if (label.set !== state.set) refuse(`${folder} holds a drive of another object storage`);
    const known = byDrive.get(label.drive);
    if (known !== undefined) refuse(`${known} and ${folder} hold the same drive`);
    byDrive.set(label.drive, folder);
  }
  const matched = state.slots.map(({ drive }) => byDrive.get(drive));
  const taken = new Set(matched);
  const free = found.filter(({ folder }) => !taken.has(folder));
  const missing = matched.filter((folder) => folder === undefined).length;
  if (found.length < state.slots.length) {
    refuse(
      `object-storage.data.drives has ${found.length} folders, the set has ${state.slots.length} drives: name one for each, also for one that is missing`,
    );
  }
  const surplus = free.slice(missing);
  if (surplus.length > 0 && (missing > 0 || surplus.some(({ empty }) => !empty))) {
    refuse(
      `drives are added as empty folders, while all others are there: ${surplus.map(({ folder }) => folder).join(', ')} cannot be added now`,
    );
  }
  const places = free.slice(0, missing).values();
  return {
    folders: matched.map((folder) => folder ?? places.next().value!.folder),
    added: surplus.map(({ folder }) => folder),
  };
}

export function refuse(message: string): never {
  throw new ObjectStorageError('ServiceUnavailable', { message });
}
