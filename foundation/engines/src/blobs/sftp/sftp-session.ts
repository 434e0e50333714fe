// The calls of SFTP as functions, with what the server offers beyond version 3.

import { expectKind, SftpConnection } from './sftp-connection.ts';
import { SftpFailure, SftpReadFailure } from './sftp-failure.ts';
import { dataBytesDefault, dataBytesMax, extensions, openFlags, statusCodes } from './sftp-protocol.ts';
import type { RequestField } from './sftp-request.ts';
import { PacketReader, type SftpAttributes, type SftpEntry } from './sftp-response.ts';
import type { SshProcess } from './ssh-process.ts';

export type SftpHandle = Uint8Array;

const fileMode = 0o600;
const folderMode = 0o700;

export class SftpSession {
  readonly #connection: SftpConnection;
  readonly #offered: ReadonlySet<string>;
  /** Bytes of one read and of one write at most. */
  readonly readBytes: number;
  readonly writeBytes: number;

  private constructor(
    connection: SftpConnection,
    options: {
      readonly offered: ReadonlySet<string>;
      readonly readBytes: number;
      readonly writeBytes: number;
    },
  ) {
    this.#connection = connection;
    this.#offered = options.offered;
    this.readBytes = options.readBytes;
    this.writeBytes = options.writeBytes;
  }

  static async open(ssh: SshProcess): Promise<SftpSession> {
    const { connection, extensions: offered } = await SftpConnection.open(ssh);
    const limits = offered.has(extensions.limits) ? await limitsOf(connection) : undefined;
    return new SftpSession(connection, {
      offered: new Set(offered.keys()),
      readBytes: withinLimit(limits?.readBytes),
      writeBytes: withinLimit(limits?.writeBytes),
    });
  }

  get isLost(): boolean {
    return this.#connection.isLost;
  }

  offers(extension: keyof typeof extensions): boolean {
    return this.#offered.has(extensions[extension]);
  }

  close(): void {
    this.#connection.close();
  }

  async openToRead(path: string): Promise<SftpHandle> {
    return this.#open(path, openFlags.read);
  }

  /** Fails when the file exists. */
  async openNew(path: string): Promise<SftpHandle> {
    return this.#open(path, openFlags.write | openFlags.create | openFlags.exclusive);
  }

  async closeHandle(handle: SftpHandle): Promise<void> {
    await this.#connection.request({ type: 'close', fields: [{ bytes: handle }] });
  }

  /** Fewer bytes than asked for are no end; none are. */
  async read(handle: SftpHandle, { start, length }: { start: number; length: number }): Promise<Uint8Array> {
    try {
      const fields: RequestField[] = [{ bytes: handle }, { uint64: start }, { uint32: length }];
      const { bytes } = expectKind(await this.#connection.request({ type: 'read', fields }), 'data');
      if (bytes.length > length)
        throw new SftpFailure(-1, `the server sent ${bytes.length} bytes of ${length}`);
      return bytes;
    } catch (error) {
      if (error instanceof SftpFailure && error.code === statusCodes.eof) return new Uint8Array();
      if (error instanceof SftpFailure && error.code === statusCodes.failure)
        throw new SftpReadFailure(error.code, error.message);
      throw error;
    }
  }

  /** `bytes` must not change until it resolves. */
  async write(handle: SftpHandle, { start, bytes }: { start: number; bytes: Uint8Array }): Promise<void> {
    const fields: RequestField[] = [{ bytes: handle }, { uint64: start }];
    await this.#connection.request({ type: 'write', fields, payload: bytes });
  }

  /** Makes a file or a folder durable. Only where `sync` is offered. */
  async sync(handle: SftpHandle): Promise<void> {
    await this.#extended('sync', [{ bytes: handle }]);
  }

  async stat(path: string): Promise<SftpAttributes> {
    const response = await this.#connection.request({ type: 'stat', fields: [{ text: path }] });
    return expectKind(response, 'attrs').attributes;
  }

  async handleStat(handle: SftpHandle): Promise<SftpAttributes> {
    const response = await this.#connection.request({ type: 'fstat', fields: [{ bytes: handle }] });
    return expectKind(response, 'attrs').attributes;
  }

  async makeFolder(path: string): Promise<void> {
    await this.#connection.request({ type: 'mkdir', fields: [{ text: path }, { permissions: folderMode }] });
  }

  async remove(path: string): Promise<void> {
    await this.#connection.request({ type: 'remove', fields: [{ text: path }] });
  }

  /** Replaces `to`. Only where `posixRename` is offered. */
  async replace(from: string, to: string): Promise<void> {
    await this.#extended('posixRename', [{ text: from }, { text: to }]);
  }

  /** Fails when `to` exists. Only where `hardLink` is offered. */
  async link(from: string, to: string): Promise<void> {
    await this.#extended('hardLink', [{ text: from }, { text: to }]);
  }

  /** Bytes that may still be written to the file system of a path; undefined where the server does not tell. */
  async freeBytes(path: string): Promise<number | undefined> {
    if (!this.offers('fileSystem')) return undefined;
    const response = await this.#extended('fileSystem', [{ text: path }]);
    const reader = new PacketReader(expectKind(response, 'extendedReply').bytes);
    reader.skip(8); // f_bsize
    const blockBytes = reader.uint64();
    reader.skip(16); // f_blocks, f_bfree
    return blockBytes * reader.uint64();
  }

  /** All entries of a folder, `.` and `..` included, in no order. */
  async readFolder(path: string): Promise<readonly SftpEntry[]> {
    const opened = await this.#connection.request({ type: 'opendir', fields: [{ text: path }] });
    const { handle } = expectKind(opened, 'handle');
    const entries: SftpEntry[] = [];
    try {
      for (;;) {
        const more = await this.#connection.request({ type: 'readdir', fields: [{ bytes: handle }] });
        for (const entry of expectKind(more, 'name').entries) entries.push(entry);
      }
    } catch (error) {
      if (!(error instanceof SftpFailure && error.code === statusCodes.eof)) throw error;
    } finally {
      // Not awaited: nobody is helped by knowing that it failed, and the answer costs a way there and back.
      this.closeHandle(handle).catch(() => {});
    }
    return entries;
  }

  async #open(path: string, flags: number): Promise<SftpHandle> {
    const fields: RequestField[] = [
      { text: path },
      { uint32: flags },
      { permissions: flags & openFlags.create ? fileMode : undefined },
    ];
    const { handle } = expectKind(await this.#connection.request({ type: 'open', fields }), 'handle');
    return Uint8Array.from(handle); // not a view, which would keep all that came with it
  }

  #extended(extension: keyof typeof extensions, fields: readonly RequestField[]) {
    return this.#connection.request({
      type: 'extended',
      fields: [{ text: extensions[extension] }, ...fields],
    });
  }
}

async function limitsOf(
  connection: SftpConnection,
): Promise<{ readonly readBytes: number; readonly writeBytes: number }> {
  const response = await connection.request({ type: 'extended', fields: [{ text: extensions.limits }] });
  const reader = new PacketReader(expectKind(response, 'extendedReply').bytes);
  reader.skip(8); // of a packet
  return { readBytes: reader.uint64(), writeBytes: reader.uint64() };
}

/** 0 means that the server has no limit of its own. */
function withinLimit(limit: number | undefined): number {
  if (limit === undefined) return dataBytesDefault;
  return limit === 0 ? dataBytesMax : Math.min(limit, dataBytesMax);
}
