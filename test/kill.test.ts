// kill -9 while a client writes: after the restart every acknowledged object is there byte for byte, every other one is
// there whole or not at all, and the check finds no damage.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { temporaryDirectory } from '@cairn/testing';
import { type CairnProcess, endpointOf, rootCredentials, runCairn, startCairn } from './cairn-process.ts';

const Bucket = 'kill';
const KiB = 1024;
const writers = 8;
/** Small and large bodies, on both sides of a block and of what a client sends in parts. */
const sizes = [0, 100, 4 * KiB, 64 * KiB, 65 * KiB, 300 * KiB, 6 * 1024 * KiB];
/** Acknowledged objects after which the process is killed, in each round: while others are being written. */
const rounds = [20, 45, 90];

test('what was acknowledged survives kill -9 in the middle of writing', async (t) => {
  const data = await temporaryDirectory(t);
  const acknowledged = new Set<string>();
  const attempted = new Set<string>();
  for (const [round, kills] of rounds.entries()) {
    const cairn = await startCairn(t, { data });
    const client = clientOf(cairn);
    if (round === 0) await client.send(new CreateBucketCommand({ Bucket }));
    await verify(client, { acknowledged, attempted });
    await writeUntilKilled(cairn, client, { round, kills, acknowledged, attempted });
  }
  const cairn = await startCairn(t, { data });
  await verify(clientOf(cairn), { acknowledged, attempted });
  await cairn.end('SIGTERM');
  const check = await runCairn(['object-storage', 'check', '--deep', '--data', data]);
  assert.equal(check.code, 0, check.output + check.errors);
});

type Names = { readonly acknowledged: Set<string>; readonly attempted: Set<string> };

/** Tries once: a client that repeats by itself would hide what was not acknowledged. */
function clientOf(cairn: CairnProcess): S3Client {
  return new S3Client({
    endpoint: endpointOf(cairn, 'object-storage s3'),
    region: 'us-east-1',
    credentials: rootCredentials,
    forcePathStyle: true,
    maxAttempts: 1,
  });
}

async function writeUntilKilled(
  cairn: CairnProcess,
  client: S3Client,
  { round, kills, acknowledged, attempted }: Names & { round: number; kills: number },
): Promise<void> {
  let acknowledgedNow = 0;
  let killed: Promise<unknown> | undefined;
  const writer = async (index: number): Promise<void> => {
    for (let count = 0; killed === undefined; count++) {
      const name = `round-${round}/writer-${index}/${count}`;
      attempted.add(name);
      const put = new PutObjectCommand({ Bucket, Key: name, Body: bodyOf(name) });
      const written = await client.send(put).then(
        () => true,
        () => false,
      );
      if (!written) return;
      acknowledged.add(name);
      acknowledgedNow += 1;
      if (acknowledgedNow === kills) killed = cairn.end('SIGKILL');
    }
  };
  await Promise.all(Array.from({ length: writers }, (_, index) => writer(index)));
  await killed;
  client.destroy();
  assert(acknowledgedNow >= kills, `writing ended early, after ${acknowledgedNow}: ${cairn.errors()}`);
}

async function verify(client: S3Client, { acknowledged, attempted }: Names): Promise<void> {
  const lost: string[] = [];
  for (const name of attempted) {
    const bytes = await readObject(client, name);
    if (bytes === undefined && acknowledged.has(name)) lost.push(name);
    assert(bytes === undefined || bytes.equals(bodyOf(name)), `${name} came back different`);
  }
  assert.deepEqual(lost, [], 'acknowledged, but gone');
}

async function readObject(client: S3Client, name: string): Promise<Buffer | undefined> {
  try {
    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: name }));
    return Buffer.from(await Body!.transformToByteArray());
  } catch (error) {
    if ((error as Error).name === 'NoSuchKey') return undefined;
    throw error;
  }
}

/** Bytes that follow from the name, so that nothing has to be remembered to verify them. */
function bodyOf(name: string): Buffer {
  const seed = createHash('sha256').update(name).digest();
  const sizeBytes = sizes[seed[0]! % sizes.length]!;
  const body = Buffer.alloc(sizeBytes);
  for (let position = 0; position < sizeBytes; position += seed.length) seed.copy(body, position);
  return body;
}
