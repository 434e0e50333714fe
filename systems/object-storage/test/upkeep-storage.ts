// An object storage in a temporary folder whose files tests may rot, for the tests of upkeep.

import { readdir, readFile, writeFile } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { type ObjectStorage, objectBody, openObjectStorage } from '@cairn/object-storage';
import { type TestContext, temporaryDirectory } from '@cairn/testing';

export const MiB = 1024 * 1024;
export const bucket = 'upkeep';
const attributes = { headers: {}, userMetadata: {} };

export type UpkeepOptions = { readonly segmentBytesMax?: number; readonly writers?: number };

/** One log of small segments, and no background work that a test did not ask for. */
export function openAt(directory: string, options: UpkeepOptions = {}): Promise<ObjectStorage> {
  const settings = { reserveBytes: 0 };
  return openObjectStorage({ directory, writers: 1, segmentBytesMax: MiB, settings, ...options });
}

export async function openNew(
  t: TestContext,
  options: UpkeepOptions = {},
): Promise<{ storage: ObjectStorage; directory: string }> {
  const directory = await temporaryDirectory(t);
  const storage = await openAt(directory, options);
  await storage.createBucket({ bucket, owner: 'me' });
  return { storage, directory };
}

export async function put(storage: ObjectStorage, key: string, content: Buffer): Promise<void> {
  await storage.putObject({ bucket, key, attributes, body: objectBody(content) });
}

/** Bytes that are the same for one name, and different for two. */
export function contentOf(name: string, sizeBytes: number): Buffer {
  return Buffer.alloc(sizeBytes, `${name} `);
}

export async function read(storage: ObjectStorage, key: string): Promise<Buffer> {
  const { content } = await storage.getObject({ bucket, key });
  const chunks: Buffer[] = [];
  for await (const chunk of content.chunks()) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

export async function segmentFiles(directory: string): Promise<readonly string[]> {
  const folder = `${directory}/segments/log-0`;
  const names = await readdir(folder);
  return names.filter((name) => name.endsWith('.segment')).map((name) => `${folder}/${name}`);
}

/** Flips a bit in the first place where a file holds these bytes. */
export async function rotContent(files: readonly string[], wanted: Buffer): Promise<void> {
  for (const file of files) {
    const bytes = await readFile(file);
    const at = bytes.indexOf(wanted);
    if (at === -1) continue;
    bytes[at + wanted.length - 1]! ^= 1;
    return writeFile(file, bytes);
  }
  throw new Error('no file holds these bytes');
}

/** Runs a statement on the closed index, as rot or a foreign hand would. */
export function changeIndex(directory: string, statement: string): void {
  const database = new DatabaseSync(`${directory}/blobs.sqlite`);
  try {
    database.exec(statement);
  } finally {
    database.close();
  }
}
