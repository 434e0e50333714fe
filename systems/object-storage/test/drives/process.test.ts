// A server on twelve folders, 8+4, and a client that reads and writes all the while: folders go, new ones come, the process
// is killed while it heals, others go, and everything can be read.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { test } from 'node:test';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { DrivesStats } from '@cairn/object-storage';
import { temporaryDirectory } from '@cairn/testing';
import { type DriveServer, startOnDrives } from './server-on-drives.ts';
import { until } from './several-drives.ts';

const Bucket = 'twelve';
const MiB = 1024 * 1024;
const sizes = [100, 60_000, 700_000, 3 * MiB];

function bodyOf(Key: string): Buffer {
  const sizeBytes = sizes[Number(Key.split('-')[1]) % sizes.length]!;
  return createHash('shake256', { outputLength: sizeBytes }).update(Key).digest();
}

/** Writes and reads one object after the other until it is stopped; every answer has to be right. */
class Traffic {
  readonly #client: S3Client;
  #stopping = false;
  readonly #finished: Promise<void>;

  constructor(client: S3Client, options: { readonly keys: string[]; readonly name: string }) {
    this.#client = client;
    this.#finished = this.#run(options);
    this.#finished.catch(() => {});
  }

  async #run({ keys, name }: { keys: string[]; name: string }): Promise<void> {
    for (let number = 0; !this.#stopping; number++) {
      const Key = `${name}-${number}`;
      await this.#client.send(new PutObjectCommand({ Bucket, Key, Body: bodyOf(Key) }));
      keys.push(Key);
      await readBack(this.#client, keys[(number * 7) % keys.length]!);
    }
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#finished;
  }
}

async function readBack(client: S3Client, Key: string): Promise<void> {
  const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
  assert(Buffer.from(await Body!.transformToByteArray()).equals(bodyOf(Key)), `${Key} has other bytes`);
}

test('twelve folders, 8+4: two are lost and replaced under load, then two others', async (t) => {
  const root = await temporaryDirectory(t);
  const folders = Array.from({ length: 12 }, (_, number) => `${root}/drive-${number}`);
  const options = { data: `${root}/data`, folders, redundancy: '8+4' };
  let server: DriveServer = await startOnDrives({ ...options, healMiBPerSecond: 1 });
  t.after(() => server.stop().catch(() => {}));
  const stats = async () => (JSON.parse(await server.drives('list')) as { drives: DrivesStats }).drives;
  const missing = async () => (await stats()).drives.filter(({ state }) => state === 'missing').length;
  await server.client.send(new CreateBucketCommand({ Bucket }));

  const keys: string[] = [];
  const traffic = new Traffic(server.client, { keys, name: 'first' });
  await until('there are some objects', async () => keys.length > 12);
  for (const folder of folders.slice(0, 2)) await rm(folder, { recursive: true });
  await until('two drives are missing', async () => (await missing()) === 2);
  const before = keys.length;
  await until('more objects are there', async () => keys.length > before + 16);
  await traffic.stop();

  for (const folder of folders.slice(0, 2)) {
    await mkdir(folder);
    await server.drives('replace', folder);
  }
  const seen: DrivesStats[] = [];
  await until('healing has begun', async () => {
    seen.push(await stats());
    return seen.at(-1)!.healing.healedBlobs > 0;
  });
  const { drives: found, healing: begun } = seen.at(-1)!;
  const blobs = found.map((drive) => drive.blobs);
  // The first was healed while the second was asked for.
  assert(begun.running && Math.min(...blobs.slice(0, 2)) < Math.min(...blobs.slice(2)), `${blobs}`);
  process.kill(server.process.pid, 'SIGKILL');
  await server.stop();
  server = await startOnDrives({ ...options, healMiBPerSecond: 512 });
  const second = new Traffic(server.client, { keys, name: 'second' });
  await until('all is healed', async () => {
    const { drives, healing } = await stats();
    const idle = !healing.running && healing.queuedBlobs === 0 && healing.degradedBlobs === 0;
    return idle && healing.finishedMs > 0 && drives.every(({ state }) => state === 'ok');
  });
  await second.stop();

  for (const folder of folders.slice(5, 9)) await rm(folder, { recursive: true });
  await until('four drives are missing', async () => (await missing()) === 4);
  for (const Key of keys) await readBack(server.client, Key);
});
