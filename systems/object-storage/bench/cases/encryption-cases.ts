// What SSE-S3 costs: the same requests to two servers of ours, of which one encrypts by default.

import type { BenchCase } from '@cairn/bench';
import type { CipherRate } from '../cipher-rate.ts';
import { type Server, type ServerKind, send } from '../servers/server.ts';
import { compare } from './compare.ts';
import { getWorkload, putWorkload } from './object-workloads.ts';

const MiB = 1024 * 1024;
/** From here on the goals are parts of what a request costs without encryption; below, the time of the cipher and 15% more. */
const fastCipherRate = 5;
const slowCipherPart = 1.15;

const unit = 'CPU-ms/op';
const get1MiB = getWorkload({ sizeBytes: MiB, unit });
const put1MiB = putWorkload({ sizeBytes: MiB, unit });

export function encryptionCases(plain: ServerKind, cipher: CipherRate): readonly BenchCase[] {
  const ours = encrypting(plain);
  const put = { name: 'put-1mib-encrypted-vs-plain', workload: put1MiB, ours, peer: plain };
  const get = { name: 'get-1mib-encrypted-vs-plain', workload: get1MiB, ours, peer: plain };
  if (cipher.gigabytesPerSecond >= fastCipherRate)
    return [compare({ ...put, atMost: 1.25 }), compare({ ...get, atMost: 1.5 })];
  const besides = { name: `${slowCipherPart} x cipher`, amount: slowCipherPart * cipher.bareMs };
  return [compare({ ...put, goal: 1, besides }), compare({ ...get, goal: 1, besides })];
}

/** The same server, whose buckets encrypt by default. */
function encrypting(kind: ServerKind): ServerKind {
  return {
    name: `${kind.name}, encrypting`,
    version: kind.version,
    start: async () => {
      const server = await kind.start();
      const createBucket: Server['createBucket'] = async (bucket) => {
        await server.createBucket(bucket);
        await send(server, { method: 'PUT', target: `/${bucket}?encryption=`, body: configuration });
      };
      return { ...server, createBucket };
    },
  };
}

const configuration = Buffer.from(
  '<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>',
);
