// A storage in a folder of its own, with what tests of encryption do to it.

import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import {
  type CustomerKey,
  type ObjectStorage,
  objectBody,
  openObjectStorage,
  type RequestedEncryption,
} from '@cairn/object-storage';
import { silentLog, silentTelemetry } from '@cairn/telemetry';
import { type TestContext, temporaryDirectory } from '@cairn/testing';

export const bucket = 'secrets';
export const attributes = { headers: { 'content-type': 'text/plain' }, userMetadata: {} };
export const MiB = 1024 * 1024;

export type Opened = {
  readonly storage: ObjectStorage;
  readonly directory: string;
  /** What was logged as an error. */
  readonly errors: readonly string[];
};

export async function opened(t: TestContext, at?: string): Promise<Opened> {
  const directory = at ?? (await temporaryDirectory(t));
  const errors: string[] = [];
  const error = (event: string, fields?: object) => errors.push(`${event} ${JSON.stringify(fields)}`);
  const telemetry = { ...silentTelemetry(), log: { ...silentLog, error } };
  const storage = await openObjectStorage({ directory, writers: 1, segmentBytesMax: MiB, telemetry });
  t.after(() => storage.close());
  if (at === undefined) await storage.createBucket({ bucket, owner: 'me' });
  return { storage, directory, errors };
}

/** Bytes that can be found again in a file that holds them. */
export function plaintext(sizeBytes: number): Buffer {
  return Buffer.alloc(sizeBytes, 'Attack at dawn, by the old mill. ');
}

export async function put(
  storage: ObjectStorage,
  key: string,
  { bytes, encryption }: { bytes: Buffer; encryption?: RequestedEncryption | undefined },
): Promise<void> {
  await storage.putObject({ bucket, key, attributes, body: objectBody(bytes), encryption });
}

export async function putParts(
  storage: ObjectStorage,
  key: string,
  {
    parts,
    encryption,
    customerKey,
  }: {
    parts: readonly Buffer[];
    encryption?: RequestedEncryption;
    customerKey?: CustomerKey;
  },
): Promise<void> {
  const { uploadId } = await storage.createUpload({ bucket, key, attributes, owner: 'me', encryption });
  const completed = [];
  for (const [index, part] of parts.entries()) {
    const partNumber = index + 1;
    const name = { bucket, key, uploadId, partNumber, customerKey };
    const { etag } = await storage.uploadPart({ ...name, body: objectBody(part) });
    completed.push({ partNumber, etag });
  }
  await storage.completeUpload({ bucket, key, uploadId, parts: completed });
}

type Reading = {
  readonly customerKey?: CustomerKey | undefined;
  readonly range?: { start: number; length: number };
  readonly versionId?: string;
};

export async function get(storage: ObjectStorage, key: string, reading: Reading = {}): Promise<Buffer> {
  const { range, ...named } = reading;
  const { content } = await storage.getObject({ bucket, key, ...named, select: () => range });
  const chunks: Uint8Array[] = [];
  for await (const chunk of content.chunks()) chunks.push(Uint8Array.from(chunk));
  const bytes = Buffer.concat(chunks);
  assert.equal(bytes.byteLength, content.sizeBytes);
  return bytes;
}

/** Whether the plaintext stands anywhere in the folder. */
export async function leaks(directory: string, plain: Buffer = plaintext(33)): Promise<boolean> {
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    if (entry.isFile() && (await readFile(`${entry.parentPath}/${entry.name}`)).includes(plain)) return true;
  }
  return false;
}
