// The data folder of a process: made when missing, readable by its owner only (as the world's disk makes every folder),
// and held until the process ends.

import path from 'node:path';
import type { DirectoryLock, Disk } from '@cairn/world';
import { reasonOf, UnusableStart } from '../unusable-start.ts';

export type DataFolder = {
  readonly directory: string;
  /** DATA/<system>, made when missing. */
  systemDirectory(name: string): Promise<string>;
  release(): Promise<void>;
};

/** Fails with UnusableStart: `folder-in-use` when another process holds it, `folder-unusable` when it cannot be made. */
export async function takeDataFolder(disk: Disk, directory: string): Promise<DataFolder> {
  const absolute = path.resolve(directory);
  const lock = await usable(absolute, async () => {
    await disk.makeDirectory(absolute);
    return disk.lockDirectory(absolute);
  });
  if (lock === undefined) {
    const message = `data folder ${absolute} is in use by another cairn: stop it, or choose another with --data`;
    throw new UnusableStart('folder-in-use', message);
  }
  return new HeldFolder(disk, { directory: absolute, lock });
}

class HeldFolder implements DataFolder {
  readonly directory: string;
  readonly #disk: Disk;
  readonly #lock: DirectoryLock;

  constructor(disk: Disk, held: { directory: string; lock: DirectoryLock }) {
    this.#disk = disk;
    this.directory = held.directory;
    this.#lock = held.lock;
  }

  async systemDirectory(name: string): Promise<string> {
    const directory = `${this.directory}/${name}`;
    await usable(directory, () => this.#disk.makeDirectory(directory));
    return directory;
  }

  release(): Promise<void> {
    return this.#lock.release();
  }
}

async function usable<T>(directory: string, attempt: () => Promise<T>): Promise<T> {
  try {
    return await attempt();
  } catch (cause) {
    throw folderUnusable(directory, cause);
  }
}

function folderUnusable(directory: string, cause: unknown): UnusableStart {
  const message = `could not use data folder ${directory}: ${reasonOf(cause)}`;
  return new UnusableStart('folder-unusable', message, { cause });
}
