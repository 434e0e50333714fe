// The fingerprint index: answers per second of the service, over HTTP; what the Bloom filter saves; and the store of a shard
// against SQLite, which is why it is one of our own.

import { randomFillSync } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import { type BenchCase, type BenchContext, measureOperation } from '@cairn/bench';
import { realWorld } from '@cairn/world';
import { fingerprintServiceOpener } from '../../src/service/client/open-fingerprint-service.ts';
import { FingerprintMap } from '../../src/service/index/fingerprint-map.ts';
import { FilledService } from './filled-service.ts';

const keyBytes = 16;
const batchKeys = 16_384;
const inFlight = 4;
const session = '0'.repeat(32);

export function indexServiceCases(): readonly BenchCase[] {
  let filled: FilledService | undefined;
  const prepare = async (context: BenchContext) => {
    filled ??= await FilledService.start(context);
    await filled.client.ask({
      method: 'POST',
      path: 'index/session',
      query: { session },
      body: Buffer.alloc(0),
    });
  };
  return [
    {
      name: 'index-lookup-10m',
      unit: 'fingerprints/CPU-s',
      better: 'more',
      prepare,
      ours: (context) => lookUp(filled!, context),
      peer: { limit: 500_000 },
    },
    {
      name: 'index-filter-saved-10m',
      unit: '% of questions',
      better: 'more',
      ours: (context) => saved(filled!, context),
      peer: { limit: 95 },
      cleanup: async () => filled?.stop(),
    },
    {
      name: 'index-shard-lookup-2m',
      unit: 'fingerprints/CPU-s',
      better: 'more',
      ours: measureMap,
      peer: { name: 'node:sqlite', version: async () => process.versions.sqlite, run: measureSqlite },
    },
  ];
}

/** Half of the questions are about what is known. */
async function lookUp({ server, client, known }: FilledService, { tiny }: BenchContext): Promise<number> {
  const rounds = tiny ? 2 : 100;
  const batches = Array.from({ length: 16 }, (_, index) => {
    const start = (index * batchKeys * keyBytes) % Math.max(1, known.length - batchKeys * keyBytes);
    const keys = Buffer.from(known.subarray(start, start + batchKeys * keyBytes));
    randomFillSync(keys, 0, keys.length / 2);
    return keys;
  });
  let keys = 0;
  const { cpuSeconds } = await server.measure(async () => {
    let next = 0;
    const work = async () => {
      for (let round = next++; round < rounds; round = next++) {
        const body = batches[round % batches.length]!;
        await client.ask({ method: 'POST', path: 'index/lookup', query: { session }, body });
        keys += body.length / keyBytes;
      }
    };
    await Promise.all(Array.from({ length: inFlight }, work));
  });
  return keys / Math.max(cpuSeconds, 0.01);
}

async function saved({ url, credentials }: FilledService, { tiny }: BenchContext): Promise<number> {
  const opener = fingerprintServiceOpener({
    url,
    credentials,
    world: realWorld(),
    concurrency: 'optimistic',
  });
  const service = await opener({
    id: '1'.repeat(32),
    condemnedPacks: new Set(),
    readIndexObject: async () => undefined,
  });
  await service.lookup(randomFillSync(Buffer.alloc((tiny ? 1_000 : 200_000) * 32)));
  const { saved: count, fingerprints } = service.counts();
  await service.close();
  return (count / fingerprints) * 100;
}

async function measureMap({ tiny }: BenchContext): Promise<number> {
  const keys = keysFor(tiny);
  const map = new FingerprintMap();
  for (let at = 0; at < keys.length / 2; at += keyBytes) map.set(keys, at, { value: 1, isLive: () => true });
  return perSecond(keys, tiny, (at) => map.get(keys, at));
}

async function measureSqlite({ tiny }: BenchContext): Promise<number> {
  const keys = keysFor(tiny);
  const database = new DatabaseSync(':memory:');
  database.exec(
    'create table fingerprints (key blob primary key, pack integer not null) without rowid, strict',
  );
  const insert = database.prepare('insert into fingerprints values (?, 1)');
  database.exec('begin');
  for (let at = 0; at < keys.length / 2; at += keyBytes) insert.run(keys.subarray(at, at + keyBytes));
  database.exec('commit');
  const select = database.prepare('select pack from fingerprints where key = ?');
  const rate = await perSecond(keys, tiny, (at) => select.get(keys.subarray(at, at + keyBytes)));
  database.close();
  return rate;
}

async function perSecond(keys: Uint8Array, tiny: boolean, look: (at: number) => unknown): Promise<number> {
  let at = 0;
  const loop = (times: number) => {
    for (let time = 0; time < times; time++) {
      look(at);
      at = (at + 7_919 * keyBytes) % keys.length; // a prime apart: no luck with caches
    }
  };
  return (await measureOperation(loop, { durationMs: tiny ? 5 : 300 })).perCpuSecond;
}

/** Twice as many as are stored, so that half of the questions are about what is not. */
function keysFor(tiny: boolean): Uint8Array {
  return randomFillSync(Buffer.alloc((tiny ? 2_000 : 4_000_000) * keyBytes));
}
