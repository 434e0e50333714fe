// Folders that survive a crash: a folder is durable once the folder that lists it has been synced.

import { mkdir, open, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { BlobsError } from '../blobs-error.ts';
import { errorCodeOf, ifThere } from './folder-error.ts';

export class DurableFolders {
  readonly #root: string;
  /** Those this process has synced. Folders are never removed, so what was once true stays true. */
  readonly #durable = new Set<string>();

  constructor(root: string) {
    this.#root = root;
  }

  /** Makes the folders below one another, from the root down, and returns the path of the last. */
  async make(folders: readonly string[]): Promise<string> {
    const deepest = join(this.#root, ...folders);
    if (this.#durable.has(deepest)) return deepest;
    let path = this.#root;
    for (const folder of folders) {
      const parent = path;
      path = join(parent, folder);
      if (this.#durable.has(path)) continue;
      await makeFolder(path);
      await syncFolder(parent); // also when another process made it, as it may not have synced it yet
      this.#remember(path);
    }
    return deepest;
  }

  #remember(path: string): void {
    if (this.#durable.size >= rememberedMax) this.#durable.clear();
    this.#durable.add(path);
  }
}

/**
 * Makes a folder and what is missing above it, durably; succeeds when it exists. Level by level: Node's recursive mkdir never
 * returns where a folder exists and takes none, as /proc does.
 */
export async function makeFolderAndParents(path: string): Promise<void> {
  if (await isFolder(path)) return;
  const parent = dirname(path);
  if (parent !== path) await makeFolderAndParents(parent);
  await makeFolder(path);
  await syncFolder(parent);
}

/** Makes what was created, linked, renamed or removed in the folder durable. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: folderMode });
  } catch (error) {
    if (errorCodeOf(error) === 'EEXIST' && (await isFolder(path))) return;
    if (errorCodeOf(error) !== 'ENOENT') throw error;
    const detail = `${dirname(path)} takes no folders`;
    throw new BlobsError('denied', { attempted: `make the folder ${path}`, detail, cause: error });
  }
}

async function isFolder(path: string): Promise<boolean> {
  return (await ifThere(stat(path)))?.isDirectory() ?? false;
}

const folderMode = 0o700;
const rememberedMax = 100_000;
