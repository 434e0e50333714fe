// Blobs on their way: files under `.tmp` of the folder, synced where the server can, not yet under their names. The same
// places as the folder engine's, so that a folder may be written by both.

import type { World } from '@cairn/world';
import type { BlobBody } from '../blobs.ts';
import { BlobsError } from '../blobs-error.ts';
import { untilAborted } from '../until-aborted.ts';
import { ifThere, onSftp, SftpFailure } from './sftp-failure.ts';
import { makeFolderAndParents } from './sftp-folders.ts';
import { statusCodes } from './sftp-protocol.ts';
import type { SftpHandle, SftpSession } from './sftp-session.ts';

export class SftpTemporaryFiles {
  readonly folder: string;
  readonly #world: World;

  constructor(root: string, world: World) {
    this.folder = `${root}/.tmp`;
    this.#world = world;
  }

  /** What crashed writers left: files that nobody has written to for a day. As the folder engine does it. */
  async removeLeftovers(session: SftpSession): Promise<void> {
    try {
      const lastChangeMs = ((await ifThere(session.stat(this.folder)))?.modifiedSeconds ?? 0) * 1000;
      const oldestMs = Math.min(this.#world.clock.nowMs(), lastChangeMs) - leftoverAgeMs;
      for (const { name, attributes } of (await ifThere(session.readFolder(this.folder))) ?? []) {
        const { modifiedSeconds = Infinity } = attributes;
        if (leftoverPattern.test(name) && modifiedSeconds * 1000 < oldestMs)
          await this.remove(session, `${this.folder}/${name}`);
      }
    } catch (error) {
      if (!(error instanceof SftpFailure)) throw error;
    }
  }

  /** Writes the body to a new file and syncs it; returns its path. Leaves nothing when it fails, unless the connection did. */
  async write(
    session: SftpSession,
    body: BlobBody,
    options: { readonly attempted: string; readonly signal?: AbortSignal | undefined },
  ): Promise<string> {
    const { attempted, signal } = options;
    const path = `${this.folder}/${this.#world.random.bytes(16).toString('hex')}`;
    const handle = await onSftp(attempted, () => this.#openNew(session, path));
    const writes = new WriteWindow(session, handle);
    try {
      for await (const block of untilAborted(blocksOf(body, session.writeBytes), signal)) {
        await onSftp(attempted, () => writes.add(block));
      }
      await onSftp(attempted, () => writes.finish());
      if (session.offers('sync')) await onSftp(attempted, () => session.sync(handle));
      await onSftp(attempted, () => session.closeHandle(handle));
    } catch (error) {
      session.closeHandle(handle).catch(() => {});
      session.remove(path).catch(() => {});
      throw await this.#explain(session, error, attempted);
    }
    return path;
  }

  async remove(session: SftpSession, path: string): Promise<void> {
    await ifThere(session.remove(path));
  }

  /** The folder is missing where opening was not to make it, or somebody tidied it up. */
  async #openNew(session: SftpSession, path: string): Promise<SftpHandle> {
    const handle = await ifThere(session.openNew(path));
    if (handle !== undefined) return handle;
    await makeFolderAndParents(session, this.folder);
    return session.openNew(path);
  }

  /** Version 3 has no status for a full disk: the free bytes tell it from other failures. */
  async #explain(session: SftpSession, error: unknown, attempted: string): Promise<unknown> {
    if (!(error instanceof BlobsError && isPlainFailure(error.cause))) return error;
    const freeBytes = await session.freeBytes(this.folder).catch(() => undefined);
    if (freeBytes === undefined || freeBytes >= fullBelowBytes) return error;
    return new BlobsError('full', { attempted, detail: `${freeBytes} bytes are free`, cause: error });
  }
}

/** Writes under way, bounded in bytes. */
class WriteWindow {
  readonly #session: SftpSession;
  readonly #handle: SftpHandle;
  readonly #underWay: Promise<void>[] = [];
  readonly #atOnce: number;
  #position = 0;

  constructor(session: SftpSession, handle: SftpHandle) {
    this.#session = session;
    this.#handle = handle;
    this.#atOnce = Math.max(2, Math.ceil(windowBytes / session.writeBytes));
  }

  /** Resolves when there is room for another. Rejects with what an earlier one failed with. */
  async add(bytes: Uint8Array): Promise<void> {
    const writing = this.#session.write(this.#handle, { start: this.#position, bytes });
    writing.catch(() => {}); // met by a later `add`, or by `finish`
    this.#position += bytes.length;
    this.#underWay.push(writing);
    while (this.#underWay.length >= this.#atOnce) await this.#underWay.shift();
  }

  async finish(): Promise<void> {
    for (let next = this.#underWay.shift(); next !== undefined; next = this.#underWay.shift()) await next;
  }
}

/** The body in blocks of what one write may hold. Those of a stream are copied: it may use its memory again. */
async function* blocksOf(body: BlobBody, blockBytes: number): AsyncGenerator<Uint8Array> {
  if (body instanceof Uint8Array) {
    for (let at = 0; at < body.length; at += blockBytes) yield body.subarray(at, at + blockBytes);
    return;
  }
  let block = Buffer.allocUnsafeSlow(blockBytes);
  let filled = 0;
  for await (const piece of body) {
    for (let at = 0; at < piece.length; ) {
      const part = piece.subarray(at, at + blockBytes - filled);
      block.set(part, filled);
      filled += part.length;
      at += part.length;
      if (filled < blockBytes) continue;
      yield block;
      block = Buffer.allocUnsafeSlow(blockBytes);
      filled = 0;
    }
  }
  if (filled > 0) yield block.subarray(0, filled);
}

function isPlainFailure(error: unknown): boolean {
  return error instanceof SftpFailure && error.code === statusCodes.failure;
}

const windowBytes = 4 * 1024 * 1024;
/** A write that fails with less than this left failed for want of space. */
const fullBelowBytes = 1024 * 1024;
const leftoverAgeMs = 24 * 60 * 60 * 1000;
const leftoverPattern = /^[0-9a-f]{32}$/;
