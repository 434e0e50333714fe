// A storage with a bucket whose objects can be locked, and a clock that only the test moves.

import assert from 'node:assert/strict';
import {
  type ObjectLock,
  type ObjectStorage,
  ObjectStorageError,
  objectBody,
  openObjectStorage,
} from '@cairn/object-storage';
import { type TestContext, temporaryDirectory } from '@cairn/testing';
import { realWorld } from '@cairn/world';

export const bucket = 'locked';
export const dayMs = 86_400_000;
export const startMs = 1_700_000_000_000;

export type Opened = {
  readonly storage: ObjectStorage;
  readonly directory: string;
  /** The clock of the storage's world, which only the test moves. */
  readonly clock: { timeMs: number };
};

export async function openedOn(
  t: TestContext,
  metadataUrl: (() => Promise<string>) | undefined,
): Promise<Opened> {
  const real = realWorld();
  const clock = { timeMs: startMs };
  const worldClock = {
    nowMs: () => clock.timeMs,
    monotonicMs: () => real.clock.monotonicMs(),
    setTimer: real.clock.setTimer.bind(real.clock),
    nextTurn: real.clock.nextTurn.bind(real.clock),
    sleep: real.clock.sleep.bind(real.clock),
  };
  const directory = await temporaryDirectory(t);
  const storage = await openObjectStorage({
    directory,
    metadataUrl: await metadataUrl?.(),
    writers: 1,
    world: { ...real, clock: worldClock },
  });
  t.after(() => storage.close());
  await storage.createBucket({ bucket, owner: 'me', documents: { 'object-lock': '{}' } });
  return { storage, directory, clock };
}

export async function put(
  storage: ObjectStorage,
  key: string,
  text: string,
  lock?: ObjectLock,
): Promise<string> {
  const attributes = { headers: {}, userMetadata: {}, lock };
  const body = objectBody(Buffer.from(text));
  return (await storage.putObject({ bucket, key, attributes, body })).versionId!;
}

export async function upload(
  storage: ObjectStorage,
  key: string,
  text: string,
  lock?: ObjectLock,
): Promise<string> {
  const attributes = { headers: {}, userMetadata: {}, lock };
  const { uploadId } = await storage.createUpload({ bucket, key, attributes, owner: 'me' });
  const name = { bucket, key, uploadId };
  const body = objectBody(Buffer.from(text));
  const { etag } = await storage.uploadPart({ ...name, partNumber: 1, body });
  return (await storage.completeUpload({ ...name, parts: [{ partNumber: 1, etag }] })).versionId!;
}

export async function read(storage: ObjectStorage, key: string, versionId: string): Promise<string> {
  const { content } = await storage.getObject({ bucket, key, versionId });
  return Buffer.concat(await Array.fromAsync(content.chunks(), (chunk) => Buffer.from(chunk))).toString();
}

export async function outcome(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'done';
  } catch (error) {
    assert(error instanceof ObjectStorageError, String(error));
    return error.code;
  }
}
