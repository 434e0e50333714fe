// The data folder of a process: made when missing, readable by its owner only (as the world's disk makes every folder),
// and held until the process ends.

import path from 'node:path';
import type { DirectoryLock, Disk } from '@cairn/world';
import { reasonOf, UnusableStart } from '../unusable-start.ts';

export type DataFolder = {
  readonly directory: string;
  /** DATA/<system>, made when missing. */
  systemDirectory(name: string): Promise<string>;
  /** Says in the folder where its process answers, for commands on this machine; until release. */
  announce(url: string): Promise<void>;
  release(): Promise<void>;
};

/** Holds the URL of the process that holds the folder, while one does. */
const announcementFile = 'service-url';

/** Where the process that holds a folder answers; undefined while it starts, or when it serves nobody. */
export async function readAnnouncement(disk: Disk, directory: string): Promise<string | undefined> {
  const path = `${directory}/${announcementFile}`;
  if ((await disk.stat(path)) === undefined) return undefined;
  const file = await disk.open(path, 'read');
  try {
    const bytes = Buffer.alloc(await file.sizeBytes());
    await file.read(bytes, 0);
    return bytes.toString('utf8');
  } finally {
    await file.close();
  }
}

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
  const folder = new HeldFolder(disk, { directory: absolute, lock });
  // Of a process that was killed: what it says is not true any more.
  await usable(absolute, () => folder.withdraw());
  return folder;
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

  async announce(url: string): Promise<void> {
    const file = await this.#disk.open(this.#announcement, 'create');
    await file.write([Buffer.from(url)], 0);
    await file.close();
  }

  async withdraw(): Promise<void> {
    if ((await this.#disk.stat(this.#announcement)) !== undefined)
      await this.#disk.remove(this.#announcement);
  }

  async release(): Promise<void> {
    await this.withdraw();
    await this.#lock.release();
  }

  get #announcement(): string {
    return `${this.directory}/${announcementFile}`;
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
