// A drive's disk whose calls end within a time: DriveAnswers says how. What is likely in memory and read on the calling
// thread cannot be given up; it is refused while the drive is silent, and then nothing is at hand.

import type { Disk, DiskFile } from '@cairn/world';
import type { DriveAnswers } from './drive-answers.ts';

export function answeringDisk(disk: Disk, answers: DriveAnswers): Disk {
  const run = <T>(
    operation: string,
    path: string,
    call: () => Promise<T>,
    letGo?: (result: T) => Promise<unknown>,
  ) => answers.run(call, { operation, path, limited: true, ...(letGo && { letGo }) });
  return {
    open: async (path, mode) => {
      const file = await run(
        'open',
        path,
        () => disk.open(path, mode),
        (late) => late.close(),
      );
      return new AnsweringFile(file, answers);
    },
    list: (directory) => run('list', directory, () => disk.list(directory)),
    makeDirectory: (directory) => run('make', directory, () => disk.makeDirectory(directory)),
    rename: (from, to) => run('rename', from, () => disk.rename(from, to)),
    remove: (path) => run('remove', path, () => disk.remove(path)),
    syncDirectory: (directory) => run('sync', directory, () => disk.syncDirectory(directory)),
    stat: (path) => run('look up', path, () => disk.stat(path)),
    freeBytes: (directory) => run('measure', directory, () => disk.freeBytes(directory)),
    lockDirectory: (directory) =>
      run(
        'lock',
        directory,
        () => disk.lockDirectory(directory),
        async (late) => late?.release(),
      ),
  };
}

class AnsweringFile implements DiskFile {
  readonly #file: DiskFile;
  readonly #answers: DriveAnswers;

  constructor(file: DiskFile, answers: DriveAnswers) {
    this.#file = file;
    this.#answers = answers;
  }

  get path(): string {
    return this.#file.path;
  }

  read(into: Uint8Array, position: number): Promise<number> {
    return this.#run('read', () => this.#file.read(into, position), [into]);
  }

  readNow(into: Uint8Array, position: number): number {
    this.#answers.demand('read', this.path);
    return this.#file.readNow(into, position);
  }

  readCached(into: Uint8Array, position: number): number {
    return this.#answers.isSilent ? 0 : this.#file.readCached(into, position);
  }

  write(buffers: readonly Uint8Array[], position: number): Promise<void> {
    return this.#run('write', () => this.#file.write(buffers, position), buffers);
  }

  writeNow(buffers: readonly Uint8Array[], position: number): void {
    this.#answers.demand('write', this.path);
    this.#file.writeNow(buffers, position);
  }

  sync(): Promise<void> {
    return this.#run('sync', () => this.#file.sync());
  }

  truncate(sizeBytes: number): Promise<void> {
    return this.#run('truncate', () => this.#file.truncate(sizeBytes));
  }

  sizeBytes(): Promise<number> {
    return this.#run('look up', () => this.#file.sizeBytes());
  }

  /** Lets go even of a drive that is silent: the kernel closes it when it can. */
  close(): Promise<void> {
    return this.#answers.isSilent
      ? Promise.resolve(void this.#file.close().catch(() => {}))
      : this.#run('close', () => this.#file.close());
  }

  #run<T>(operation: string, call: () => Promise<T>, memory: readonly Uint8Array[] = []): Promise<T> {
    return this.#answers.run(call, { operation, path: this.path, limited: true, memory });
  }
}
