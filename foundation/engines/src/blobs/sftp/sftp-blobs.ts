// Blobs as files of a folder on an SFTP server, laid out as the folder engine lays them out.
//
// Invariant: under a blob's path there is always a whole blob. It is written and synced under a temporary name, then hard
// linked (`ifAbsent`: link(2) on the server fails when the name exists, so of two writers one wins) or renamed over its
// path, and its folder is synced, before `put` resolves. Plain SFTP 3 can do neither: its rename refuses an existing name
// on OpenSSH's server and replaces it on others. So the server must offer OpenSSH's extensions for both.

import type {
  BlobBody,
  BlobContent,
  BlobInfo,
  BlobPage,
  Blobs,
  GetOptions,
  ListOptions,
  PutOptions,
} from '../blobs.ts';
import { BlobsError } from '../blobs-error.ts';
import type { OpenBlobsOptions } from '../blobs-opener.ts';
import { fromByteString, pathOf, toByteString } from '../folder/blob-path.ts';
import { type FoundBlob, listFolder } from '../folder/list-folder.ts';
import { readFile, type SftpFile, streamFile } from './sftp-body.ts';
import { ifThere, onSftp, SftpFailure } from './sftp-failure.ts';
import { makeFolderAndParents, SftpFolders, syncFolder } from './sftp-folders.ts';
import { extensions } from './sftp-protocol.ts';
import type { SftpAttributes } from './sftp-response.ts';
import { SftpSession } from './sftp-session.ts';
import { SftpSessions } from './sftp-sessions.ts';
import { SftpTemporaryFiles } from './sftp-temporary-files.ts';
import { parseSftpUrl } from './sftp-url.ts';
import { SshProcess, sshCommand } from './ssh-process.ts';

/** Opens `sftp://[USER@]HOST[:PORT]/PATH`. Makes the folder when it does not exist and may be made. */
export async function openSftpBlobs(options: OpenBlobsOptions): Promise<Blobs> {
  const place = parseSftpUrl(options.url);
  const attempted = `open blobs in ${options.url}`;
  const command = sshCommand(process.env);
  const sessions = new SftpSessions(() => SftpSession.open(new SshProcess(place, command)));
  const temporaryFiles = new SftpTemporaryFiles(place.path, options.world);
  try {
    await onSftp(attempted, async () => {
      const session = await sessions.get();
      if (options.mustExist) await requireEntries(session, place.path, attempted);
      else await makeFolderAndParents(session, temporaryFiles.folder);
      await temporaryFiles.removeLeftovers(session);
    });
  } catch (error) {
    sessions.close();
    throw error;
  }
  return new SftpBlobs(place.path, { sessions, temporaryFiles });
}

class SftpBlobs implements Blobs {
  readonly #root: string;
  readonly #sessions: SftpSessions;
  readonly #temporaryFiles: SftpTemporaryFiles;
  readonly #folders: SftpFolders;

  constructor(
    root: string,
    parts: { readonly sessions: SftpSessions; readonly temporaryFiles: SftpTemporaryFiles },
  ) {
    this.#root = root;
    this.#sessions = parts.sessions;
    this.#temporaryFiles = parts.temporaryFiles;
    this.#folders = new SftpFolders(root);
  }

  async put(name: string, body: BlobBody, options: PutOptions = {}): Promise<'stored' | 'exists'> {
    const attempted = `put ${JSON.stringify(name)}`;
    const { ifAbsent = false, signal } = options;
    const place = this.#placeOf(name);
    const session = await onSftp(attempted, () => this.#sessions.get());
    requireExtension(session, ifAbsent ? 'hardLink' : 'posixRename', attempted);
    // Spares sending what would only be thrown away; the link decides among those that get past it.
    if (ifAbsent && (await onSftp(attempted, () => isThere(session, place.path)))) {
      return onSftp(attempted, () => this.#confirmExists(session, place));
    }
    const temporary = await this.#temporaryFiles.write(session, body, { attempted, signal });
    return onSftp(attempted, () => this.#name(session, { temporary, place, ifAbsent }));
  }

  async get(name: string, options: GetOptions = {}): Promise<BlobContent | undefined> {
    const attempted = `get ${JSON.stringify(name)}`;
    const file = await onSftp(attempted, async () => {
      const session = await this.#sessions.get();
      const handle = await ifThere(session.openToRead(this.#placeOf(name).path));
      return handle && { session, handle };
    });
    return file && contentOf(file, { name, attempted, options });
  }

  async head(name: string): Promise<BlobInfo | undefined> {
    return onSftp(`look up ${JSON.stringify(name)}`, async () => {
      const session = await this.#sessions.get();
      const attributes = await ifThere(session.stat(this.#placeOf(name).path));
      return attributes && toInfo(name, attributes);
    });
  }

  async delete(names: readonly string[]): Promise<void> {
    await onSftp(`delete ${names.length} blobs`, async () => {
      const session = await this.#sessions.get();
      const changed = new Set<string>();
      for (let start = 0; start < names.length; start += deletesAtOnce) {
        const places = names.slice(start, start + deletesAtOnce).map((name) => this.#placeOf(name));
        await Promise.all(
          places.map(async ({ path, folder }) => {
            await ifThere(session.remove(path).then(() => changed.add(folder)));
          }),
        );
      }
      for (const folder of changed) await syncFolder(session, folder);
    });
  }

  async list(options: ListOptions): Promise<BlobPage> {
    const limit = options.limit!;
    const range = { prefix: toByteString(options.prefix), after: toByteString(options.after ?? '') };
    return onSftp(`list ${JSON.stringify(options.prefix)}`, async () => {
      const session = await this.#sessions.get();
      const read = async (path: string) =>
        ((await ifThere(session.readFolder(path))) ?? []).map(({ name, attributes }) => ({
          entry: name,
          extra: attributes,
        }));
      const blobs: BlobInfo[] = [];
      for await (const found of listFolder(this.#root, { range, read })) {
        if (blobs.length === limit) return { blobs, more: true };
        blobs.push(describe(found));
      }
      return { blobs, more: false };
    });
  }

  async close(): Promise<void> {
    this.#sessions.close();
  }

  async #name(
    session: SftpSession,
    { temporary, place, ifAbsent }: { temporary: string; place: Place; ifAbsent: boolean },
  ): Promise<'stored' | 'exists'> {
    try {
      await this.#folders.make(session, place.folders);
      if (ifAbsent) {
        if (!(await linked(session, temporary, place.path))) return await this.#confirmExists(session, place);
      } else await session.replace(temporary, place.path);
      await syncFolder(session, place.folder);
      return 'stored';
    } finally {
      // Nobody waits for it: what remains, because the connection failed, is removed a day later.
      if (!session.isLost) this.#temporaryFiles.remove(session, temporary).catch(() => {});
    }
  }

  /** The caller will rely on the blob that is there: the writer that won may not have synced its folders yet. */
  async #confirmExists(session: SftpSession, place: Place): Promise<'exists'> {
    await this.#folders.make(session, place.folders);
    await syncFolder(session, place.folder);
    return 'exists';
  }

  #placeOf(name: string): Place {
    const { folders, file } = pathOf(toByteString(name));
    const folder = [this.#root, ...folders].join('/');
    return { folders, folder, path: `${folder}/${file}` };
  }
}

/** A folder of a server lists itself and the one above it. */
async function requireEntries(session: SftpSession, path: string, attempted: string): Promise<void> {
  const found = (await ifThere(session.readFolder(path))) ?? [];
  if (found.some(({ name }) => name !== '.' && name !== '..')) return;
  throw new BlobsError('no-bucket', { attempted, detail: `${path} is not there, or empty` });
}

type Place = { readonly folders: readonly string[]; readonly folder: string; readonly path: string };

/** Takes over the file. */
async function contentOf(
  file: SftpFile,
  {
    name,
    attempted,
    options,
  }: { readonly name: string; readonly attempted: string; readonly options: GetOptions },
): Promise<BlobContent> {
  const { session, handle } = file;
  let taken = false;
  try {
    const info = toInfo(name, await onSftp(attempted, () => session.handleStat(handle)));
    const range = options.range ?? { start: 0, length: info.sizeBytes };
    if (range.start + range.length > info.sizeBytes) {
      const detail = `${range.length} bytes from ${range.start} of ${info.sizeBytes}`;
      throw new BlobsError('invalid-range', { attempted, detail });
    }
    if (range.length > readAtOnceBytesMax) {
      taken = true;
      return { info, body: streamFile(file, { range, attempted, signal: options.signal }) };
    }
    const bytes = await onSftp(attempted, () => readFile(file, { range, attempted }));
    return { info, body: once(bytes) };
  } finally {
    if (!taken) session.closeHandle(handle).catch(() => {});
  }
}

/** False: the name exists. Version 3 has no status for that, so a failure is looked into. */
async function linked(session: SftpSession, from: string, to: string): Promise<boolean> {
  try {
    await session.link(from, to);
    return true;
  } catch (error) {
    if (error instanceof SftpFailure && (await isThere(session, to))) return false;
    throw error;
  }
}

async function isThere(session: SftpSession, path: string): Promise<boolean> {
  return (await ifThere(session.stat(path))) !== undefined;
}

function requireExtension(
  session: SftpSession,
  extension: 'hardLink' | 'posixRename',
  attempted: string,
): void {
  if (session.offers(extension)) return;
  throw new BlobsError('failed', { attempted, detail: `the server lacks ${extensions[extension]}` });
}

function describe({ name, extra }: FoundBlob<SftpAttributes>): BlobInfo {
  return toInfo(fromByteString(name), extra);
}

function toInfo(name: string, { sizeBytes, modifiedSeconds }: SftpAttributes): BlobInfo {
  return { name, sizeBytes: sizeBytes ?? 0, modifiedMs: (modifiedSeconds ?? 0) * 1000 };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  if (bytes.length > 0) yield bytes;
}

const readAtOnceBytesMax = 256 * 1024;
const deletesAtOnce = 64;
