// The directories below the target that a worker holds open: opened by their path without a symlink on the way, and kept for
// the entries that follow, which mostly lie in the same ones.

import { cString } from '../../filesystem/libc.ts';
import { openBeneath } from '../../filesystem/open-beneath.ts';
import type { SystemCalls } from '../../filesystem/system-calls.ts';

const heldMax = 64;
const slash = 0x2f;
/** Until its metadata is set at the end, nobody else may look into a directory, or plant something there. */
const modeAtFirst = 0o700;

export class DirectoryHandles {
  readonly #calls: SystemCalls;
  readonly #root: number;
  readonly #held = new Map<string, number>();

  constructor(calls: SystemCalls, root: number) {
    this.#calls = calls;
    this.#root = root;
  }

  /** A descriptor that stays open until many others were asked for. Throws the system's error. */
  open(path: Uint8Array): number {
    return this.#heldFor(path, () => openBeneath(this.#calls, this.#root, path));
  }

  /** The same; makes it, and what is missing above it. */
  openOrMake(path: Uint8Array): number {
    return this.#heldFor(path, () => {
      try {
        return openBeneath(this.#calls, this.#root, path);
      } catch (error) {
        if (path.length === 0 || (error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
        return this.make(path).descriptor;
      }
    });
  }

  /** Makes a directory in one that is there or is made, too. Not `created` when it, or anything else, is there already. */
  make(path: Uint8Array): { readonly descriptor: number; readonly created: boolean } {
    const { parent, name } = splitPath(path);
    const within = this.openOrMake(parent);
    const created = this.#calls.makeDirectory(within, cString(name), modeAtFirst);
    return { descriptor: this.#calls.openDirectory(within, cString(name)), created };
  }

  close(): void {
    for (const descriptor of this.#held.values()) this.#calls.close(descriptor);
    this.#held.clear();
  }

  #heldFor(path: Uint8Array, open: () => number): number {
    const key = Buffer.from(path.buffer, path.byteOffset, path.length).toString('latin1');
    const descriptor = this.#held.get(key) ?? open();
    // Behind all others: the one that was asked for last is closed last.
    this.#held.delete(key);
    if (this.#held.size >= heldMax) this.#drop();
    this.#held.set(key, descriptor);
    return descriptor;
  }

  #drop(): void {
    const [key, descriptor] = this.#held.entries().next().value!;
    this.#calls.close(descriptor);
    this.#held.delete(key);
  }
}

export function splitPath(path: Uint8Array): { readonly parent: Uint8Array; readonly name: Uint8Array } {
  const at = path.lastIndexOf(slash);
  return at === -1
    ? { parent: new Uint8Array(), name: path }
    : { parent: path.subarray(0, at), name: path.subarray(at + 1) };
}
