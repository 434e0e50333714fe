// Folders on the server, made when they are first written to, and synced where the server offers it: OpenSSH's opens a
// folder like a file, and then `fsync@openssh.com` makes its entries durable. Where it does not, the server's file system
// decides when a new name is.

import { dirname } from 'node:path/posix';
import { ifThere, SftpFailure } from './sftp-failure.ts';
import { statusCodes } from './sftp-protocol.ts';
import type { SftpSession } from './sftp-session.ts';

export class SftpFolders {
  readonly #root: string;
  /** Those this process has made or found, and synced. Folders are never removed. */
  readonly #known = new Set<string>();

  constructor(root: string) {
    this.#root = root;
  }

  /** Makes the folders below one another, from the root down, and returns the path of the last. */
  async make(session: SftpSession, folders: readonly string[]): Promise<string> {
    const deepest = [this.#root, ...folders].join('/');
    if (this.#known.has(deepest)) return deepest;
    let path = this.#root;
    for (const folder of folders) {
      const parent = path;
      path = `${parent}/${folder}`;
      if (this.#known.has(path)) continue;
      await makeFolder(session, path);
      await syncFolder(session, parent); // also when another process made it, as it may not have synced it yet
      this.#remember(path);
    }
    return deepest;
  }

  #remember(path: string): void {
    if (this.#known.size >= rememberedMax) this.#known.clear();
    this.#known.add(path);
  }
}

/** Makes a folder and what is missing above it; succeeds when it exists, fails where a file is. */
export async function makeFolderAndParents(session: SftpSession, path: string): Promise<void> {
  if (await isFolder(session, path)) return;
  const parent = dirname(path);
  if (parent !== path) await makeFolderAndParents(session, parent);
  await makeFolder(session, path);
  await syncFolder(session, parent);
}

/** Makes what was created, linked, renamed or removed in the folder durable, where the server can. */
export async function syncFolder(session: SftpSession, path: string): Promise<void> {
  if (!session.offers('sync')) return;
  try {
    const handle = await session.openToRead(path);
    await session.sync(handle).finally(() => session.closeHandle(handle).catch(() => {}));
  } catch (error) {
    if (!(error instanceof SftpFailure && cannotSync.includes(error.code))) throw error;
  }
}

/** Version 3 has no status for what exists: any failure is one unless a folder is there. */
async function makeFolder(session: SftpSession, path: string): Promise<void> {
  try {
    await session.makeFolder(path);
  } catch (error) {
    if (!(error instanceof SftpFailure) || !(await isFolder(session, path))) throw error;
  }
}

async function isFolder(session: SftpSession, path: string): Promise<boolean> {
  const mode = (await ifThere(session.stat(path)))?.mode;
  return mode !== undefined && (mode & fileTypeMask) === folderType;
}

/** How servers refuse to open a folder, or to sync one. */
const cannotSync: readonly number[] = [
  statusCodes.failure,
  statusCodes.permissionDenied,
  statusCodes.unsupported,
];
const fileTypeMask = 0o170000;
const folderType = 0o040000;
const rememberedMax = 100_000;
