// A disk in memory that keeps no crash semantics: for tests that lay out bytes by hand, count calls, or hold one back.

import {
  type DirectoryLock,
  type Disk,
  DiskError,
  type DiskFile,
  type FileStat,
  type OpenMode,
} from '@cairn/world';

type Inode = { bytes: Buffer };

export class MemoryDisk implements Disk {
  /** Contents by path. */
  readonly files = new Map<string, Inode>();
  /** Every call that changes or syncs something, in order: `write 0 a.segment`. */
  readonly trace: string[] = [];
  filesOpen = 0;
  /** Whether memory has all that was written. */
  caches = true;
  /** Less is not read from memory, as on a real disk. */
  cachedReadBytesMin = 0;
  /** Bytes from `from` to before `to` that lie on bad sectors. */
  readonly unreadable: { readonly path: string; readonly from: number; readonly to: number }[] = [];
  /** Called before each operation; throws or waits to make it fail or late. */
  before: (operation: string, path: string) => void | Promise<void> = () => undefined;

  bytes(path: string): Buffer {
    return this.#inode(path, 'look at').bytes;
  }

  async open(path: string, mode: OpenMode): Promise<DiskFile> {
    await this.#enter('open', path);
    if (mode === 'create') {
      if (this.files.has(path)) throw new DiskError('exists', { operation: 'create', path });
      this.files.set(path, { bytes: Buffer.alloc(0) });
      this.#note('create', path);
    }
    this.filesOpen += 1;
    return this.#handle(path, this.#inode(path, 'open'));
  }

  async list(directory: string): Promise<readonly string[]> {
    const prefix = `${directory}/`;
    return [...this.files.keys()]
      .filter((path) => path.startsWith(prefix))
      .map((path) => path.slice(prefix.length))
      .sort();
  }

  async makeDirectory(): Promise<void> {}

  async rename(from: string, to: string): Promise<void> {
    await this.#enter('rename', to);
    this.files.set(to, this.#inode(from, 'rename'));
    this.files.delete(from);
    this.#note('rename', to);
  }

  async remove(path: string): Promise<void> {
    await this.#enter('remove', path);
    this.#inode(path, 'remove');
    this.files.delete(path);
    this.#note('remove', path);
  }

  async syncDirectory(directory: string): Promise<void> {
    await this.#enter('syncDirectory', directory);
    this.#note('syncDirectory', directory);
  }

  async stat(path: string): Promise<FileStat | undefined> {
    const inode = this.files.get(path);
    return inode === undefined ? undefined : { sizeBytes: inode.bytes.length, modifiedMs: 0 };
  }

  async freeBytes(): Promise<number> {
    return Number.MAX_SAFE_INTEGER;
  }

  async lockDirectory(): Promise<DirectoryLock | undefined> {
    return { release: async () => undefined };
  }

  #handle(path: string, inode: Inode): DiskFile {
    let open = true;
    const readNow = (into: Uint8Array, position: number): number => {
      if (!open) throw new DiskError('other', { operation: 'read from closed', path });
      const end = Math.min(position + into.length, inode.bytes.length);
      if (this.unreadable.some((bad) => bad.path === path && bad.from < end && position < bad.to))
        throw new DiskError('io', { operation: 'read', path });
      return inode.bytes.copy(into, 0, position, position + into.length);
    };
    const writeNow = (buffers: readonly Uint8Array[], position: number, name: string): void => {
      const written = Buffer.concat(buffers);
      const end = Math.max(inode.bytes.length, position + written.length);
      inode.bytes = Buffer.concat([inode.bytes], end);
      written.copy(inode.bytes, position);
      this.#note(`${name} ${written.length} at ${position}`, path);
    };
    return {
      path,
      readNow,
      readCached: (into, position) =>
        this.caches && into.length >= this.cachedReadBytesMin ? readNow(into, position) : 0,
      read: async (into, position) => {
        await this.#enter('read', path);
        return readNow(into, position);
      },
      write: async (buffers, position) => {
        await this.#enter('write', path);
        writeNow(buffers, position, 'write');
      },
      writeNow: (buffers, position) => {
        void this.before('write now', path);
        writeNow(buffers, position, 'write now');
      },
      sync: async () => {
        await this.#enter('sync', path);
        this.#note('sync', path);
      },
      truncate: async (sizeBytes) => {
        await this.#enter('truncate', path);
        inode.bytes = Buffer.concat([inode.bytes], sizeBytes);
        this.#note(`truncate to ${sizeBytes}`, path);
      },
      sizeBytes: async () => inode.bytes.length,
      close: async () => {
        if (open) this.filesOpen -= 1;
        open = false;
      },
    };
  }

  #inode(path: string, operation: string): Inode {
    const inode = this.files.get(path);
    if (inode === undefined) throw new DiskError('not-found', { operation, path });
    return inode;
  }

  #note(operation: string, path: string): void {
    this.trace.push(`${operation} ${path.slice(path.lastIndexOf('/') + 1)}`);
  }

  async #enter(operation: string, path: string): Promise<void> {
    await this.before(operation, path);
  }
}
