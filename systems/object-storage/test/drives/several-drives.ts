// An object storage on several folders that tests may pull, rot and replace.

import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import {
  type ObjectStorage,
  type OpenObjectStorageOptions,
  objectBody,
  openObjectStorage,
} from '@cairn/object-storage';
import { cleanUpAfter, type TestContext, temporaryDirectory } from '@cairn/testing';
import { type DiskFile, realWorld, type World } from '@cairn/world';

export const MiB = 1024 * 1024;
export const bucket = 'drives';
const attributes = { headers: {}, userMetadata: {} };

export type Machine = {
  readonly directory: string;
  readonly folders: readonly string[];
  open(options?: { redundancy?: string; folders?: readonly string[] }): Promise<ObjectStorage>;
};

export type MachineOptions = {
  readonly drives: number;
  readonly redundancy: string;
  readonly world?: World;
  readonly healBytesPerSecond?: number;
};

export async function machineWith(t: TestContext, options: MachineOptions): Promise<Machine> {
  const root = await temporaryDirectory(t);
  const directory = `${root}/data`;
  const folders = Array.from({ length: options.drives }, (_, number) => `${root}/drive-${number}`);
  const opened: ObjectStorage[] = [];
  // Before the folder goes: healing may still write there, and a folder that is written to cannot be removed.
  cleanUpAfter(t, () => Promise.allSettled(opened.map((storage) => storage.close())));
  return {
    directory,
    folders,
    open: async ({ redundancy = options.redundancy, folders: named = folders } = {}) => {
      const settings = { reserveBytes: 0 };
      const { world = realWorld(), healBytesPerSecond = 1024 * MiB } = options;
      const drives = { folders: named, redundancy, healBytesPerSecond };
      const storage = await openObjectStorage({
        ...{ directory, settings, drives, world },
        ...({ writers: 1, segmentBytesMax: 8 * MiB } satisfies Partial<OpenObjectStorageOptions>),
      });
      opened.push(storage);
      return storage;
    },
  };
}

export async function openNew(
  t: TestContext,
  options: MachineOptions,
): Promise<Machine & { readonly storage: ObjectStorage }> {
  const machine = await machineWith(t, options);
  const storage = await machine.open();
  await storage.createBucket({ bucket, owner: 'me' });
  return { ...machine, storage };
}

export async function put(storage: ObjectStorage, key: string, content: Buffer): Promise<void> {
  await storage.putObject({ bucket, key, attributes, body: objectBody(content) });
}

/** Bytes that differ from place to place, and by name. */
export function contentOf(name: string, sizeBytes: number): Buffer {
  const content = Buffer.alloc(sizeBytes, `${name} `);
  for (let at = 0; at + 4 <= sizeBytes; at += 1_000) content.writeUInt32LE(at, at);
  return content;
}

export async function read(
  storage: ObjectStorage,
  key: string,
  range?: { readonly start: number; readonly length: number },
): Promise<Buffer> {
  const { content } = await storage.getObject({ bucket, key, ...(range && { select: () => range }) });
  const chunks: Buffer[] = [];
  for await (const chunk of content.chunks()) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

/** The drive is gone from its place, as when it is pulled; `putBack` brings it as it was. */
export async function pull(folder: string): Promise<{ putBack(): Promise<void> }> {
  const away = `${folder}.away`;
  await rename(folder, away);
  return {
    putBack: async () => {
      await rename(away, folder);
    },
  };
}

export async function emptyFolder(folder: string): Promise<void> {
  await mkdir(folder);
}

export async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadlineMs = Date.now() + 60_000;
  while (!(await holds())) {
    if (Date.now() > deadlineMs) throw new Error(`in a minute it did not happen that ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export async function segmentFiles(folder: string): Promise<readonly string[]> {
  const log = `${folder}/segments/log-0`;
  const names = await readdir(log);
  return names.filter((name) => name.endsWith('.segment')).map((name) => `${log}/${name}`);
}

/** Flips a bit of each segment of a drive, at this part of its length. */
export async function rotDrive(folder: string, { at = 0.3 } = {}): Promise<void> {
  for (const file of await segmentFiles(folder)) {
    const bytes = await readFile(file);
    if (bytes.length < 1_000) continue;
    bytes[Math.floor(bytes.length * at)]! ^= 1;
    await writeFile(file, bytes);
  }
}

/** The real world with a disk whose reads and syncs may fail and whose free space may be little. */
export function worldWith(faults: {
  readonly beforeRead?: (path: string, bytes: { readonly start: number; readonly end: number }) => void;
  readonly beforeSync?: (path: string) => void;
  /** Undefined: what there is. */
  readonly freeBytes?: (directory: string) => number | undefined;
}): World {
  const { disk, ...real } = realWorld();
  const { beforeRead = () => {}, beforeSync = () => {}, freeBytes = () => undefined } = faults;
  const watched = (file: DiskFile): DiskFile => ({
    path: file.path,
    read: async (into, position) => {
      beforeRead(file.path, { start: position, end: position + into.byteLength });
      return file.read(into, position);
    },
    readNow: (into, position) => {
      beforeRead(file.path, { start: position, end: position + into.byteLength });
      return file.readNow(into, position);
    },
    // What these faults are about is the disk.
    readCached: () => 0,
    write: (buffers, position) => file.write(buffers, position),
    writeNow: (buffers, position) => file.writeNow(buffers, position),
    sync: async () => {
      beforeSync(file.path);
      return file.sync();
    },
    truncate: (sizeBytes) => file.truncate(sizeBytes),
    sizeBytes: () => file.sizeBytes(),
    close: () => file.close(),
  });
  return {
    ...real,
    disk: {
      ...disk,
      open: async (path, mode) => watched(await disk.open(path, mode)),
      freeBytes: async (directory) => freeBytes(directory) ?? disk.freeBytes(directory),
    },
  };
}
