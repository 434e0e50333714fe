// Blobs as files of a folder, one file each, also on a folder that several machines share.
//
// Invariant: under a blob's path there is always a whole blob. It is written and synced under a temporary name, then
// linked (`ifAbsent`: link(2) fails when the name exists, so that of two writers one wins, on NFS too) or renamed to its
// path, and the folder is synced before `put` resolves. Folders are never removed, so that one that was made durable
// once stays so and no writer finds its folder gone; empty ones remain.
//
// It does not go through `world.disk`, which has no link(2) and reads no streams; a simulated world gets its blobs from
// the system that owns `local:`. Clock and random are the world's.

import { link, open, readdir, rename, stat, unlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type {
  BlobBody,
  BlobContent,
  BlobInfo,
  BlobPage,
  Blobs,
  ByteRange,
  GetOptions,
  ListOptions,
  PutOptions,
} from '../blobs.ts';
import { BlobsError } from '../blobs-error.ts';
import type { OpenBlobsOptions } from '../blobs-opener.ts';
import { fromByteString, pathOf, toByteString } from './blob-path.ts';
import { DurableFolders, makeFolderAndParents, syncFolder } from './durable-folders.ts';
import { errorCodeOf, ifThere, onFileSystem } from './folder-error.ts';
import { type FoundBlob, listFolder, type ReadFolder } from './list-folder.ts';
import { readBody } from './read-body.ts';
import { TemporaryFiles } from './temporary-files.ts';

/** Opens `file:PATH`; a relative path is relative to the working folder. Makes the folder when it does not exist and may be made. */
export async function openFolderBlobs(options: OpenBlobsOptions): Promise<Blobs> {
  const root = rootOf(options.url);
  const attempted = `open blobs in ${root}`;
  const temporaryFiles = new TemporaryFiles(root, options.world);
  await onFileSystem(attempted, async () => {
    if (options.mustExist) await requireEntries(root, attempted);
    else await makeFolderAndParents(temporaryFiles.folder);
    await temporaryFiles.removeLeftovers();
  });
  return new FolderBlobs(root, temporaryFiles);
}

class FolderBlobs implements Blobs {
  readonly #root: string;
  readonly #temporaryFiles: TemporaryFiles;
  readonly #folders: DurableFolders;

  constructor(root: string, temporaryFiles: TemporaryFiles) {
    this.#root = root;
    this.#temporaryFiles = temporaryFiles;
    this.#folders = new DurableFolders(root);
  }

  async put(name: string, body: BlobBody, options: PutOptions = {}): Promise<'stored' | 'exists'> {
    const attempted = `put ${JSON.stringify(name)}`;
    const place = this.#placeOf(name);
    if (options.ifAbsent) {
      // Spares writing what would only be thrown away; link(2) decides among those that get past it.
      const found = await onFileSystem(attempted, () => ifThere(stat(place.path)));
      if (found !== undefined) return onFileSystem(attempted, () => this.#confirmExists(place));
    }
    const temporary = await this.#temporaryFiles.write(body, { attempted, signal: options.signal });
    try {
      return await onFileSystem(attempted, () =>
        options.ifAbsent ? this.#link(temporary, place) : this.#rename(temporary, place),
      );
    } catch (error) {
      throw await this.#temporaryFiles.explain(error, temporary, attempted);
    } finally {
      await onFileSystem(attempted, () => this.#temporaryFiles.remove(temporary));
    }
  }

  async get(name: string, options: GetOptions = {}): Promise<BlobContent | undefined> {
    const attempted = `get ${JSON.stringify(name)}`;
    const file = await onFileSystem(attempted, () => ifThere(open(this.#placeOf(name).path, 'r')));
    if (file === undefined) return undefined;
    try {
      const found = await onFileSystem(attempted, () => file.stat());
      const info = toInfo(name, found);
      const range = options.range ?? { start: 0, length: info.sizeBytes };
      checkRange(range, { sizeBytes: info.sizeBytes, attempted });
      const { signal, into } = options;
      return { info, body: await readBody(file, { range, attempted, signal, into }) };
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  async head(name: string): Promise<BlobInfo | undefined> {
    const attempted = `look up ${JSON.stringify(name)}`;
    const found = await onFileSystem(attempted, () => ifThere(stat(this.#placeOf(name).path)));
    return found && toInfo(name, found);
  }

  async delete(names: readonly string[]): Promise<void> {
    await onFileSystem(`delete ${names.length} blobs`, async () => {
      const changed = new Set<string>();
      for (const name of names) {
        const { folder, path } = this.#placeOf(name);
        await ifThere(unlink(path).then(() => changed.add(folder)));
      }
      for (const folder of changed) await syncFolder(folder);
    });
  }

  async list(options: ListOptions): Promise<BlobPage> {
    const limit = options.limit!;
    const range = { prefix: toByteString(options.prefix), after: toByteString(options.after ?? '') };
    return onFileSystem(`list ${JSON.stringify(options.prefix)}`, async () => {
      const blobs: BlobInfo[] = [];
      let batch: FoundBlob<undefined>[] = [];
      for await (const found of listFolder(this.#root, { range, read: readNames })) {
        if (batch.push(found) < statBatch) continue;
        blobs.push(...(await describe(batch)));
        batch = [];
        if (blobs.length > limit) break;
      }
      blobs.push(...(await describe(batch)));
      return { blobs: blobs.slice(0, limit), more: blobs.length > limit };
    });
  }

  async close(): Promise<void> {}

  async #link(temporary: string, place: Place): Promise<'stored' | 'exists'> {
    await this.#folders.make(place.folders);
    try {
      await link(temporary, place.path);
    } catch (error) {
      if (errorCodeOf(error) !== 'EEXIST') throw error;
      // NFS may repeat a link whose answer was lost, and then finds the first: the link count tells, see open(2).
      if ((await stat(temporary)).nlink < 2) return this.#confirmExists(place);
    }
    await syncFolder(place.folder);
    return 'stored';
  }

  async #rename(temporary: string, place: Place): Promise<'stored'> {
    await this.#folders.make(place.folders);
    await rename(temporary, place.path);
    await syncFolder(place.folder);
    return 'stored';
  }

  /** The caller will rely on the blob that is there: the writer that won may not have synced its folders yet. */
  async #confirmExists(place: Place): Promise<'exists'> {
    await this.#folders.make(place.folders);
    await syncFolder(place.folder);
    return 'exists';
  }

  #placeOf(name: string): Place {
    const { folders, file } = pathOf(toByteString(name));
    const folder = join(this.#root, ...folders);
    return { folders, folder, path: join(folder, file) };
  }
}

async function requireEntries(root: string, attempted: string): Promise<void> {
  if (((await ifThere(readdir(root))) ?? []).length > 0) return;
  throw new BlobsError('no-bucket', { attempted, detail: `${root} is not there, or empty` });
}

type Place = { readonly folders: readonly string[]; readonly folder: string; readonly path: string };

function rootOf(url: string): string {
  const attempted = 'open blobs';
  if (url.startsWith('file://')) {
    try {
      return fileURLToPath(url);
    } catch (cause) {
      throw new BlobsError('invalid-url', {
        attempted,
        detail: `${url}: ${(cause as Error).message}`,
        cause,
      });
    }
  }
  const path = url.slice('file:'.length);
  if (path === '') throw new BlobsError('invalid-url', { attempted, detail: `${url} has no path` });
  return resolve(path);
}

const readNames: ReadFolder<undefined> = async (path) =>
  (await readdir(path)).map((entry) => ({ entry, extra: undefined }));

/** What was deleted since it was listed is left out. */
async function describe(found: readonly FoundBlob<undefined>[]): Promise<readonly BlobInfo[]> {
  const infos = await Promise.all(
    found.map(async ({ name, path }) => {
      const times = await ifThere(stat(path));
      return times && toInfo(fromByteString(name), times);
    }),
  );
  return infos.filter((info) => info !== undefined);
}

type FileTimes = { readonly size: number; readonly mtimeMs: number };

function toInfo(name: string, file: FileTimes): BlobInfo {
  return { name, sizeBytes: file.size, modifiedMs: file.mtimeMs };
}

function checkRange(range: ByteRange, options: { sizeBytes: number; attempted: string }): void {
  const { sizeBytes, attempted } = options;
  if (range.start + range.length <= sizeBytes) return;
  const detail = `${range.length} bytes from ${range.start} of ${sizeBytes}`;
  throw new BlobsError('invalid-range', { attempted, detail });
}

const statBatch = 64;
