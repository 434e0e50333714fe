// One open file of the machine. Calls run on libuv's thread pool, straight on the descriptor (half the cost of Node's
// FileHandle); a gate keeps the descriptor open until the calls in progress are done.

import {
  close,
  fdatasync,
  fstat,
  ftruncate,
  read,
  readSync,
  type Stats,
  write,
  writeSync,
  writev,
  writevSync,
} from 'node:fs';
import { readCached } from '@cairn/native';
import { CallGate } from '../call-gate.ts';
import type { DiskFile } from '../disk.ts';
import { diskFailure } from './disk-failure.ts';
import { remainingBuffers } from './remaining-buffers.ts';

// writev(2) takes IOV_MAX buffers, 1024 on Linux and the BSDs.
const buffersPerCallMax = 1024;
// read(2) and write(2) move less than 2 GiB at once; Node refuses more.
const bytesPerReadMax = 2 ** 30;

export class RealDiskFile implements DiskFile {
  readonly path: string;
  readonly #descriptor: number;
  readonly #gate: CallGate;

  constructor(path: string, descriptor: number) {
    this.path = path;
    this.#descriptor = descriptor;
    this.#gate = new CallGate(path);
  }

  async read(into: Uint8Array, position: number): Promise<number> {
    let filled = 0;
    while (filled < into.byteLength) {
      const length = Math.min(into.byteLength - filled, bytesPerReadMax);
      const count = await this.#call<number>('read', (done) =>
        read(this.#descriptor, into, filled, length, position + filled, done),
      );
      if (count === 0) break;
      filled += count;
    }
    return filled;
  }

  readNow(into: Uint8Array, position: number): number {
    this.#gate.enter();
    try {
      let filled = 0;
      while (filled < into.byteLength) {
        const length = into.byteLength - filled;
        const count = readSync(this.#descriptor, into, filled, length, position + filled);
        if (count === 0) break;
        filled += count;
      }
      return filled;
    } catch (error) {
      throw diskFailure('read', this.path, error);
    } finally {
      this.#gate.leave();
    }
  }

  readCached(into: Uint8Array, position: number): number {
    this.#gate.enter();
    try {
      return readCached(this.#descriptor, into, position);
    } finally {
      this.#gate.leave();
    }
  }

  async write(buffers: readonly Uint8Array[], position: number): Promise<void> {
    let left = withoutEmpty(buffers);
    let written = 0;
    while (left.length > 0) {
      const count = await this.#writeSome(left, position + written);
      left = this.#leftOf(left, count);
      written += count;
    }
  }

  writeNow(buffers: readonly Uint8Array[], position: number): void {
    this.#gate.enter();
    try {
      let left = withoutEmpty(buffers);
      let written = 0;
      while (left.length > 0) {
        const [first] = left;
        const count =
          first !== undefined && left.length === 1
            ? writeSync(this.#descriptor, first, 0, first.byteLength, position + written)
            : writevSync(this.#descriptor, left.slice(0, buffersPerCallMax), position + written);
        left = this.#leftOf(left, count);
        written += count;
      }
    } catch (error) {
      throw diskFailure('write', this.path, error);
    } finally {
      this.#gate.leave();
    }
  }

  sync(): Promise<void> {
    return this.#call('sync', (done) => fdatasync(this.#descriptor, done));
  }

  truncate(sizeBytes: number): Promise<void> {
    return this.#call('truncate', (done) => ftruncate(this.#descriptor, sizeBytes, done));
  }

  async sizeBytes(): Promise<number> {
    const found = await this.#call<Stats>('look up', (done) => fstat(this.#descriptor, done));
    return found.size;
  }

  async close(): Promise<void> {
    if (!(await this.#gate.close())) return;
    await new Promise<void>((resolve, reject) => {
      close(this.#descriptor, (error) =>
        error ? reject(diskFailure('close', this.path, error)) : resolve(),
      );
    });
  }

  #leftOf(buffers: readonly Uint8Array[], count: number): readonly Uint8Array[] {
    if (count === 0) throw diskFailure('write', this.path, new Error('the device took no byte'));
    return remainingBuffers(buffers, count);
  }

  #writeSome(buffers: readonly Uint8Array[], position: number): Promise<number> {
    const [first] = buffers;
    if (first !== undefined && buffers.length === 1) {
      return this.#call('write', (done) => {
        write(this.#descriptor, first, 0, first.byteLength, position, done);
      });
    }
    return this.#call('write', (done) =>
      writev(this.#descriptor, buffers.slice(0, buffersPerCallMax), position, done),
    );
  }

  #call<T = void>(operation: string, start: (done: Callback<T>) => void): Promise<T> {
    this.#gate.enter();
    return new Promise<T>((resolve, reject) => {
      start((error, value) => {
        this.#gate.leave();
        if (error) reject(diskFailure(operation, this.path, error));
        else resolve(value as T);
      });
    });
  }
}

function withoutEmpty(buffers: readonly Uint8Array[]): readonly Uint8Array[] {
  return buffers.filter((buffer) => buffer.byteLength > 0);
}

type Callback<T> = (error: Error | null, value?: T) => void;
