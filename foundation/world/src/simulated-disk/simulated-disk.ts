// The disk as one simulated process calls it. Every call takes a delay from the seed and has its effect when it completes;
// of a call under way when the process dies, the seed says whether it still happened.

import { posix } from 'node:path';
import { compareCodePoints } from '../code-point-order.ts';
import {
  type DirectoryLock,
  type Disk,
  type DiskFile,
  directoryLockName,
  type FileStat,
  type OpenMode,
} from '../disk.ts';
import { DiskError } from '../disk-error.ts';
import type { SimulatedProcess } from '../simulated/simulated-process.ts';
import { type DiskCall, diskLatencyMs } from './disk-latency.ts';
import { SimulatedDiskFile } from './simulated-disk-file.ts';
import { StoredFile } from './stored-file.ts';
import { ioError, type LockHolder, type Volume } from './volume.ts';

type NameCall = { readonly operation: string; readonly path: string; readonly takes?: DiskCall };

export class SimulatedDisk implements Disk {
  readonly #volume: Volume;
  readonly #process: SimulatedProcess;

  constructor(volume: Volume, process: SimulatedProcess) {
    this.#volume = volume;
    this.#process = process;
  }

  open(path: string, mode: OpenMode): Promise<DiskFile> {
    const operation = mode === 'create' ? 'create' : 'open';
    return this.#call({ operation, path }, () => {
      const file = mode === 'create' ? this.#create(path) : this.#find(operation, path);
      return new SimulatedDiskFile({ path, file, volume: this.#volume, process: this.#process, mode });
    });
  }

  list(directory: string): Promise<readonly string[]> {
    return this.#look({ operation: 'list', path: directory }, () => {
      if (this.#tree.file(absolute(directory)) !== undefined) this.#refuse('list', directory);
      return this.#tree.namesIn(absolute(directory)).sort(compareCodePoints);
    });
  }

  makeDirectory(directory: string): Promise<void> {
    const path = absolute(directory);
    return this.#call({ operation: 'make folder', path: directory, takes: 'sync' }, () => {
      for (let level = path; level !== '/'; level = posix.dirname(level)) {
        if (this.#tree.file(level) !== undefined) this.#refuse('make folder', directory);
      }
      this.#tree.makeDirectory(path);
    });
  }

  rename(from: string, to: string): Promise<void> {
    return this.#call({ operation: 'rename', path: `${from} to ${to}` }, () => {
      this.#find('rename', from);
      this.#requireParent('rename', to);
      if (this.#tree.isDirectory(absolute(to))) this.#refuse('rename', to);
      this.#tree.rename({ from: absolute(from), to: absolute(to) });
    });
  }

  remove(path: string): Promise<void> {
    return this.#call({ operation: 'remove', path }, () => {
      this.#find('remove', path);
      this.#tree.unlink(absolute(path));
    });
  }

  syncDirectory(directory: string): Promise<void> {
    const path = absolute(directory);
    const begun = this.#tree.beginSync(path);
    return this.#look({ operation: 'sync folder', path: directory, takes: 'sync' }, () => {
      this.#requireDirectory('sync folder', directory);
      if (this.#volume.fails('sync')) throw ioError('sync folder', directory);
      this.#tree.completeSync(begun);
    });
  }

  stat(path: string): Promise<FileStat | undefined> {
    return this.#look({ operation: 'look up', path }, () => {
      const file = this.#tree.file(absolute(path));
      return file && { sizeBytes: file.sizeBytes, modifiedMs: file.modifiedMs };
    });
  }

  freeBytes(directory: string): Promise<number> {
    return this.#look({ operation: 'measure free space of', path: directory }, () => {
      this.#requireDirectory('measure free space of', directory);
      return this.#volume.freeBytes;
    });
  }

  lockDirectory(directory: string): Promise<DirectoryLock | undefined> {
    const path = absolute(directory);
    const name = posix.join(path, directoryLockName);
    return this.#call({ operation: 'lock folder', path: directory }, () => {
      this.#requireDirectory('lock folder', directory);
      if (this.#volume.locks.get(path)?.alive) return undefined;
      if (this.#tree.file(name) === undefined) this.#tree.link(name, new StoredFile(0));
      const holder = new DirectoryHolder(this.#process);
      this.#volume.locks.set(path, holder);
      return holder;
    });
  }

  get #tree() {
    return this.#volume.tree;
  }

  #create(path: string): StoredFile {
    this.#requireParent('create', path);
    const name = absolute(path);
    if (this.#tree.file(name) !== undefined || this.#tree.isDirectory(name)) {
      throw new DiskError('exists', { operation: 'create', path });
    }
    const file = new StoredFile(this.#process.wallMs);
    this.#tree.link(name, file);
    return file;
  }

  #find(operation: string, path: string): StoredFile {
    const file = this.#tree.file(absolute(path));
    if (file !== undefined) return file;
    if (this.#tree.isDirectory(absolute(path))) this.#refuse(operation, path);
    throw new DiskError('not-found', { operation, path });
  }

  #requireDirectory(operation: string, path: string): void {
    if (!this.#tree.isDirectory(absolute(path))) throw new DiskError('not-found', { operation, path });
  }

  #requireParent(operation: string, path: string): void {
    if (!this.#tree.isDirectory(posix.dirname(absolute(path)))) {
      throw new DiskError('not-found', { operation, path });
    }
  }

  #refuse(operation: string, path: string): never {
    throw new DiskError('other', { operation, path, cause: new Error('a file or folder is in the way') });
  }

  /** A call that changes something: if the process dies meanwhile, it happened or it did not. */
  #call<T>({ operation, path, takes = 'name' }: NameCall, effect: () => T): Promise<T> {
    const abandon = () => {
      if (!this.#volume.random.chance(1 / 2)) return;
      try {
        effect();
      } catch {
        // It would have failed, and there is nobody left to hear of it.
      }
    };
    const delayMs = diskLatencyMs(takes, this.#volume.random);
    return this.#process.call({ label: operation, detail: path, delayMs }, { effect, abandon });
  }

  #look<T>({ operation, path, takes = 'name' }: NameCall, effect: () => T): Promise<T> {
    const delayMs = diskLatencyMs(takes, this.#volume.random);
    return this.#process.call({ label: operation, detail: path, delayMs }, { effect });
  }
}

class DirectoryHolder implements DirectoryLock, LockHolder {
  readonly #process: SimulatedProcess;
  #released = false;

  constructor(process: SimulatedProcess) {
    this.#process = process;
  }

  get alive(): boolean {
    return this.#process.alive && !this.#released;
  }

  async release(): Promise<void> {
    this.#released = true;
  }
}

/** Relative paths start at the root: a simulated process has no other working folder. */
function absolute(path: string): string {
  return posix.resolve('/', path);
}
