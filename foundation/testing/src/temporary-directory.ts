// A folder that lives as long as one test.

import { mkdtemp, rm, statfs } from 'node:fs/promises';
import { freemem, tmpdir } from 'node:os';
import { join } from 'node:path';
import { cleanUpAfter, type TestContext } from './clean-up-after.ts';

export type TemporaryDirectoryOptions = {
  /**
   * What a test will write that is bound by the disk: the folder lies in memory, where there is a file system with room for it
   * and as much memory again to spare.
   */
  readonly bytesMax?: number;
};

const memoryFileSystem = '/dev/shm';

/** Makes an empty folder, readable by its owner only, and removes it with all it holds after the test. */
export async function temporaryDirectory(
  test: TestContext,
  { bytesMax }: TemporaryDirectoryOptions = {},
): Promise<string> {
  const inMemory = bytesMax !== undefined && (await hasRoomInMemory(bytesMax));
  const directory = await mkdtemp(join(inMemory ? memoryFileSystem : tmpdir(), 'cairn-test-'));
  // What still runs in it may make a file while it is removed: hooks of other kinds run later.
  cleanUpAfter(test, () => rm(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 20 }));
  return directory;
}

async function hasRoomInMemory(bytes: number): Promise<boolean> {
  const room = await statfs(memoryFileSystem).catch(() => undefined);
  return room !== undefined && room.bavail * room.bsize >= bytes && freemem() >= 2 * bytes;
}
