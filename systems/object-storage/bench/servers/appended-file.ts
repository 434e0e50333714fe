// A file that many append to and share each sync of: the least that group commit takes. Not meant to be read.

import { type FileHandle, open, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** As a segment of ours: a file that grew for ever would fill the disk. */
const fileBytesMax = 2 * 1024 ** 3;
/** A body waits when this much of all bodies waits for the disk. */
const queuedBytesMax = 4 * 1024 * 1024;
const piecesMax = 1024; // IOV_MAX

export class AppendedFile {
  readonly #directory: string;
  #file: Promise<FileHandle> | undefined;
  #fileNumber = 0;
  #position = 0;
  #queue: Buffer[] = [];
  #queuedBytes = 0;
  #durable: (() => void)[] = [];
  #drained: (() => void)[] = [];
  #running = false;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Undefined when more may follow at once, else resolves when it may. */
  append(bytes: Buffer): Promise<void> | undefined {
    this.#queue.push(bytes);
    this.#queuedBytes += bytes.length;
    this.#run();
    if (this.#queuedBytes < queuedBytesMax) return undefined;
    return new Promise((resolve) => this.#drained.push(resolve));
  }

  /** Resolves when all that was appended before is durable. */
  sync(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#durable.push(resolve);
    this.#run();
    return promise;
  }

  #run(): void {
    if (this.#running) return;
    this.#running = true;
    setImmediate(() => void this.#flush());
  }

  async #flush(): Promise<void> {
    while (this.#queue.length > 0 || this.#durable.length > 0) {
      const durable = this.#durable.splice(0);
      await this.#write(this.#queue.splice(0));
      for (const resolve of this.#drained.splice(0)) resolve();
      if (durable.length > 0) await (await this.#file!).datasync();
      for (const resolve of durable) resolve();
    }
    this.#running = false;
  }

  async #write(pieces: Buffer[]): Promise<void> {
    for (let at = 0; at < pieces.length; at += piecesMax) {
      const some = pieces.slice(at, at + piecesMax);
      const file = await this.#fileWithRoom();
      const { bytesWritten } = await file.writev(some, this.#position);
      const bytes = some.reduce((sum, piece) => sum + piece.length, 0);
      if (bytesWritten !== bytes) throw new Error(`${bytesWritten} of ${bytes} bytes were written`);
      this.#position += bytes;
      this.#queuedBytes -= bytes;
    }
  }

  async #fileWithRoom(): Promise<FileHandle> {
    if (this.#file !== undefined && this.#position < fileBytesMax) return this.#file;
    const full = await this.#file;
    await full?.datasync();
    await full?.close();
    if (full !== undefined) await rm(this.#path());
    this.#fileNumber++;
    this.#position = 0;
    this.#file = open(this.#path(), 'w');
    return this.#file;
  }

  #path(): string {
    return join(this.#directory, String(this.#fileNumber));
  }
}
