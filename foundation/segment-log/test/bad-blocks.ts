// Blocks that a disk cannot read any more, until something is written there: then a drive puts another sector in their place.

import { type Disk, DiskError, type DiskFile } from '@cairn/world';
import { unreadableBlockBytes } from '../src/limits.ts';

type Range = { readonly path: string; readonly position: number; readonly length: number };

export class BadBlocks {
  /** Called when a write made some readable again. */
  onMended: () => void = () => undefined;
  #blocks: readonly { readonly path: string; readonly from: number }[] = [];

  get none(): boolean {
    return this.#blocks.length === 0;
  }

  add(path: string, position: number): void {
    this.#blocks = [...this.#blocks, { path, from: position - (position % unreadableBlockBytes) }];
  }

  clear(): void {
    this.#blocks = [];
  }

  hold({ path, position, length }: Range): boolean {
    return this.#blocks.some(
      (block) =>
        block.path === path && block.from < position + length && position < block.from + unreadableBlockBytes,
    );
  }

  /** The same disk with these blocks. */
  on(disk: Disk): Disk {
    return changed(disk, {
      open: async (path, mode) => {
        const file = await disk.open(path, mode);
        return changed(file, this.#calls(file));
      },
    });
  }

  #calls(file: DiskFile): Partial<DiskFile> {
    const { path } = file;
    return {
      read: async (into, position) => {
        if (this.hold({ path, position, length: into.length }))
          throw new DiskError('io', { operation: 'read', path });
        return file.read(into, position);
      },
      readCached: (into, position) =>
        this.hold({ path, position, length: into.length }) ? 0 : file.readCached(into, position),
      write: async (buffers, position) => {
        await file.write(buffers, position);
        this.#mend({ path, position, length: lengthOf(buffers) });
      },
      writeNow: (buffers, position) => {
        file.writeNow(buffers, position);
        this.#mend({ path, position, length: lengthOf(buffers) });
      },
    };
  }

  #mend({ path, position, length }: Range): void {
    const isKept = (from: number) => from >= position + length || position >= from + unreadableBlockBytes;
    const kept = this.#blocks.filter((block) => block.path !== path || isKept(block.from));
    if (kept.length === this.#blocks.length) return;
    this.#blocks = kept;
    this.onMended();
  }
}

function lengthOf(buffers: readonly Uint8Array[]): number {
  return buffers.reduce((sum, buffer) => sum + buffer.length, 0);
}

/** The same object with some methods replaced. */
export function changed<T extends object>(original: T, replaced: Partial<T>): T {
  return new Proxy(original, {
    get: (target, key) => {
      const value = Reflect.get(key in replaced ? replaced : target, key);
      return typeof value === 'function' && !(key in replaced) ? value.bind(target) : value;
    },
  });
}
