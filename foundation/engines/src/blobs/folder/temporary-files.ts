// Blobs on their way: files under `.tmp` of the folder, synced, not yet under their names.

import { type FileHandle, open, readdir, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { World } from '@cairn/world';
import type { BlobBody } from '../blobs.ts';
import { BlobsError } from '../blobs-error.ts';
import { untilAborted } from '../until-aborted.ts';
import { makeFolderAndParents } from './durable-folders.ts';
import { errorCodeOf, ifThere, onFileSystem } from './folder-error.ts';

export class TemporaryFiles {
  readonly folder: string;
  readonly #world: World;

  constructor(root: string, world: World) {
    this.folder = join(root, '.tmp');
    this.#world = world;
  }

  /**
   * What crashed writers left: files that nobody has written to for a day. A younger one may belong to another process that
   * shares the folder, also where this machine's clock is ahead: a file was not left before another was made or went beside it, by the folder's own
   * time. What cannot be removed stays: whoever may only read opens the folder, too.
   */
  async removeLeftovers(): Promise<void> {
    try {
      const lastChangeMs = (await stat(this.folder)).mtimeMs;
      const oldestMs = Math.min(this.#world.clock.nowMs(), lastChangeMs) - leftoverAgeMs;
      for (const name of await readdir(this.folder))
        await this.#removeOlder(join(this.folder, name), oldestMs);
    } catch (error) {
      if (errorCodeOf(error) === undefined) throw error;
    }
  }

  async #removeOlder(path: string, oldestMs: number): Promise<void> {
    const found = await ifThere(stat(path));
    if (found !== undefined && found.mtimeMs < oldestMs) await this.remove(path);
  }

  /** Writes the body to a new file and syncs it; returns its path. Leaves nothing when it fails. */
  async write(
    body: BlobBody,
    options: { attempted: string; signal?: AbortSignal | undefined },
  ): Promise<string> {
    const { attempted } = options;
    const path = join(this.folder, this.#world.random.bytes(16).toString('hex'));
    const file = await onFileSystem(attempted, () => this.#openNew(path));
    try {
      for await (const piece of untilAborted(piecesOf(body), options.signal)) {
        await onFileSystem(attempted, () => writeAll(file, piece));
      }
      await onFileSystem(attempted, () => file.sync());
    } catch (error) {
      await closeAndRemove(file, path);
      throw error;
    }
    await onFileSystem(attempted, () => file.close());
    return path;
  }

  /** Who stood still for a day in the midst of a put finds his file removed by another opener: it can be written again. */
  async explain(error: unknown, path: string, attempted: string): Promise<unknown> {
    if (!(error instanceof BlobsError) || errorCodeOf(error.cause) !== 'ENOENT') return error;
    if ((await ifThere(stat(path))) !== undefined) return error;
    return new BlobsError('conflict', { attempted, detail: 'its temporary file was removed', cause: error });
  }

  async remove(path: string): Promise<void> {
    await ifThere(unlink(path));
  }

  /** The folder is missing where opening was not to make it, or somebody tidied it up. */
  async #openNew(path: string): Promise<FileHandle> {
    const file = await ifThere(open(path, 'wx', fileMode));
    if (file !== undefined) return file;
    await makeFolderAndParents(this.folder);
    return open(path, 'wx', fileMode);
  }
}

async function* piecesOf(body: BlobBody): AsyncGenerator<Uint8Array> {
  if (body instanceof Uint8Array) yield body;
  else yield* body;
}

/** In one call where the system takes it so: `FileHandle.writeFile` makes one for each half MiB, and waits a turn of the event loop for each. */
async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, written);
    written += bytesWritten;
  }
}

/** After a failure, which is what the caller wants to hear about. What remains is removed as a leftover. */
async function closeAndRemove(file: FileHandle, path: string): Promise<void> {
  await file.close().catch(() => {});
  await unlink(path).catch(() => {});
}

const fileMode = 0o600;
const leftoverAgeMs = 24 * 60 * 60 * 1000;
