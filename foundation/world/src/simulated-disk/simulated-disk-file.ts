// One open file of a simulated process. It refers to the file, not to its name, which may change or go.

import { CallGate } from '../call-gate.ts';
import type { DiskFile, OpenMode } from '../disk.ts';
import { DiskError } from '../disk-error.ts';
import type { SimulatedProcess } from '../simulated/simulated-process.ts';
import { type DiskCall, diskLatencyMs } from './disk-latency.ts';
import type { StoredFile } from './stored-file.ts';
import { ioError, type Volume } from './volume.ts';

type FileCall<T> = {
  readonly operation: string;
  readonly takes: DiskCall;
  readonly detail?: string;
  readonly effect: () => T;
  readonly abandon?: () => void;
};

export class SimulatedDiskFile implements DiskFile {
  readonly path: string;
  readonly #file: StoredFile;
  readonly #volume: Volume;
  readonly #process: SimulatedProcess;
  readonly #readOnly: boolean;
  readonly #gate: CallGate;
  #cachedReads = 0;

  constructor(options: {
    path: string;
    file: StoredFile;
    volume: Volume;
    process: SimulatedProcess;
    mode: OpenMode;
  }) {
    this.path = options.path;
    this.#file = options.file;
    this.#volume = options.volume;
    this.#process = options.process;
    this.#readOnly = options.mode === 'read';
    this.#gate = new CallGate(options.path);
  }

  read(into: Uint8Array, position: number): Promise<number> {
    const detail = `${this.path} at ${position}, ${into.byteLength} bytes`;
    return this.#call({ operation: 'read', takes: 'read', detail, effect: () => this.#read(into, position) });
  }

  readNow(into: Uint8Array, position: number): number {
    this.#gate.enter();
    try {
      return this.#read(into, position);
    } finally {
      this.#gate.leave();
    }
  }

  /** Of every other range all, or all but its second half. */
  readCached(into: Uint8Array, position: number): number {
    this.#gate.enter();
    try {
      const turn = this.#cachedReads++ % 4;
      if (turn % 2 === 1) return 0;
      return this.#read(turn === 0 ? into : into.subarray(0, into.byteLength / 2), position);
    } catch {
      return 0;
    } finally {
      this.#gate.leave();
    }
  }

  write(buffers: readonly Uint8Array[], position: number): Promise<void> {
    const length = buffers.reduce((sum, buffer) => sum + buffer.byteLength, 0);
    return this.#change({
      operation: 'write',
      detail: `${this.path} at ${position}, ${length} bytes`,
      effect: () => this.#write(buffers, position),
      abandon: () => this.#volume.writePart(this.#file, { bytes: Buffer.concat(buffers), position }),
    });
  }

  writeNow(buffers: readonly Uint8Array[], position: number): void {
    this.#gate.enter();
    try {
      if (this.#readOnly) throw this.#refusal('write');
      this.#file.modifiedMs = this.#process.wallMs;
      this.#write(buffers, position);
    } finally {
      this.#gate.leave();
    }
  }

  sync(): Promise<void> {
    const snapshot = this.#file.beginSync();
    const effect = () => {
      if (this.#volume.fails('sync')) {
        this.#file.failSync(snapshot, this.#volume.random);
        throw ioError('sync', this.path);
      }
      this.#file.completeSync(snapshot);
    };
    return this.#call({ operation: 'sync', takes: 'sync', effect });
  }

  truncate(sizeBytes: number): Promise<void> {
    return this.#change({
      operation: 'truncate',
      detail: `${this.path} to ${sizeBytes} bytes`,
      effect: () => {
        if (this.#volume.fails('write')) throw ioError('truncate', this.path);
        this.#file.truncate(sizeBytes);
      },
      abandon: () => {
        if (this.#volume.random.chance(1 / 2)) this.#file.truncate(sizeBytes);
      },
    });
  }

  sizeBytes(): Promise<number> {
    return this.#call({ operation: 'look up', takes: 'name', effect: () => this.#file.sizeBytes });
  }

  async close(): Promise<void> {
    if (!(await this.#gate.close())) return;
    const delayMs = diskLatencyMs('name', this.#volume.random);
    await this.#process.call({ label: 'close', detail: this.path, delayMs }, { effect: () => {} });
  }

  #read(into: Uint8Array, position: number): number {
    if (this.#volume.fails('read')) throw ioError('read', this.path);
    this.#volume.rotSome(this.#file, { position, length: into.byteLength });
    return this.#file.read(into, position);
  }

  #write(buffers: readonly Uint8Array[], position: number): void {
    this.#volume.write(this.#file, { path: this.path, bytes: Buffer.concat(buffers), position });
  }

  #refusal(operation: string): DiskError {
    const cause = new Error('it was opened to be read only');
    return new DiskError('other', { operation, path: this.path, cause });
  }

  #change(call: Omit<FileCall<void>, 'takes'>): Promise<void> {
    const { operation, effect } = call;
    if (this.#readOnly) return Promise.reject(this.#refusal(operation));
    return this.#call({
      ...call,
      takes: 'write',
      effect: () => {
        this.#file.modifiedMs = this.#process.wallMs;
        effect();
      },
    });
  }

  async #call<T>({ operation, takes, detail = this.path, effect, abandon }: FileCall<T>): Promise<T> {
    this.#gate.enter();
    const delayMs = diskLatencyMs(takes, this.#volume.random);
    try {
      return await this.#process.call(
        { label: operation, detail, delayMs },
        abandon === undefined ? { effect } : { effect, abandon },
      );
    } finally {
      this.#gate.leave();
    }
  }
}
