// A world for the shell's own tests: time moves only when the test says so, folders are names in a set.
// The shell touches of the disk only folders and their locks; everything else fails by assertion.

import assert from 'node:assert/strict';
import type { Clock, DirectoryLock, Disk, DiskFile, FileStat, Random, Timer, World } from '@cairn/world';

export class FakeClock implements Clock {
  #nowMs = Date.UTC(2026, 0, 1);
  readonly #timers = new Set<{ atMs: number; callback: () => void }>();

  nowMs(): number {
    return this.#nowMs;
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  setTimer(delayMs: number, callback: () => void): Timer {
    const timer = { atMs: this.#nowMs + delayMs, callback };
    this.#timers.add(timer);
    return { cancel: () => this.#timers.delete(timer) };
  }

  nextTurn(callback: () => void): void {
    this.setTimer(0, callback);
  }

  sleep(delayMs: number): Promise<void> {
    return new Promise((resolve) => this.setTimer(delayMs, resolve));
  }

  /** Fires, in order, every timer that is due within the span. */
  advance(spanMs: number): void {
    const untilMs = this.#nowMs + spanMs;
    for (;;) {
      const due = [...this.#timers].filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)[0];
      if (due === undefined) break;
      this.#timers.delete(due);
      this.#nowMs = Math.max(this.#nowMs, due.atMs);
      due.callback();
    }
    this.#nowMs = untilMs;
  }

  get pendingTimers(): number {
    return this.#timers.size;
  }
}

class FakeDisk {
  readonly folders = new Set<string>();
  readonly locked = new Set<string>();
  /** Small files by path: the shell leaves its URL in the data folder. */
  readonly files = new Map<string, Buffer>();

  async stat(path: string): Promise<FileStat | undefined> {
    const bytes = this.files.get(path);
    return bytes && { sizeBytes: bytes.length, modifiedMs: 0 };
  }

  async open(path: string): Promise<Pick<DiskFile, 'write' | 'close'>> {
    return {
      write: async (buffers) => void this.files.set(path, Buffer.concat(buffers)),
      close: async () => {},
    };
  }

  async remove(path: string): Promise<void> {
    this.files.delete(path);
  }

  makeDirectory(directory: string): Promise<void> {
    this.folders.add(directory);
    return Promise.resolve();
  }

  lockDirectory(directory: string): Promise<DirectoryLock | undefined> {
    if (this.locked.has(directory)) return Promise.resolve(undefined);
    this.locked.add(directory);
    const release = async () => void this.locked.delete(directory);
    return Promise.resolve({ release });
  }
}

export type FakeWorld = World & { readonly clock: FakeClock; readonly folders: FakeDisk };

export function fakeWorld(): FakeWorld {
  const folders = new FakeDisk();
  const disk = new Proxy(folders, { get: onlyFolders }) as unknown as Disk;
  const executors = { open: () => assert.fail('the shell opens no executor') };
  return { clock: new FakeClock(), random: countingRandom(), disk, executors, folders };
}

function onlyFolders(target: FakeDisk, name: keyof FakeDisk): unknown {
  const member = target[name];
  assert(member !== undefined, `the shell does not use disk.${String(name)}`);
  return typeof member === 'function' ? member.bind(target) : member;
}

/** Ids that differ and that a test can foresee. */
function countingRandom(): Random {
  let count = 0;
  return {
    bytes: (length) => {
      count += 1;
      return Buffer.alloc(length, count);
    },
    integer: () => 0,
  };
}
