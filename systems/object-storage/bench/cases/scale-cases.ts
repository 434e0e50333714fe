// What must not grow or slow down: memory, the start, a thousand connections, listings of many keys.

import { rm } from 'node:fs/promises';
import type { BenchCase } from '@cairn/bench';
import {
  type CairnServer,
  cairn,
  makeDataFolder,
  secondsToReady,
  startCairn,
  thisCheckout,
} from '../servers/cairn.ts';
import type { ServerKind } from '../servers/server.ts';
import { bucket, compare, limited } from './compare.ts';
import { fillBucket, numbered } from './fill-bucket.ts';
import { listFolders, listPages } from './list-workloads.ts';
import { mixedLoadMemory, multipartMemory, settledMemory } from './memory-workloads.ts';
import { getWorkload } from './object-workloads.ts';

export function scaleCases(ours: ServerKind<CairnServer>): readonly BenchCase[] {
  return [
    thousandConnections(ours),
    compare({ name: 'list-1000-keys', workload: listPages, ours }),
    // 100 times the keys; a cost that grew with them would be far above any noise.
    limited({ name: 'list-folders-of-500000-keys', workload: listFolders, ours, limit: 1.3 }),
    idleCase(),
    limited({ name: 'multipart-5gb-memory', workload: multipartMemory, ours, limit: 256, once: true }),
    limited({ name: 'mixed-load-memory', workload: mixedLoadMemory, ours, limit: 1.15, once: true }),
    startCase(),
  ];
}

/** The same work on two checkouts of ours. */
export function scaleCasesAgainst(ours: ServerKind, peer: ServerKind): readonly BenchCase[] {
  return [compare({ name: 'list-1000-keys', workload: listPages, ours, peer })];
}

const get4KiBOver = (connections: number) => getWorkload({ sizeBytes: 4_096, unit: 'op/CPU-s', connections });

/** A thousand connections against 32 on another server of ours: what they cost each request. */
function thousandConnections(ours: ServerKind<CairnServer>): BenchCase {
  return compare({
    name: 'get-4kib-1000-connections',
    workload: get4KiBOver(1_000),
    ours,
    peer: { ...ours, name: '32 connections' },
    peerWorkload: get4KiBOver(32),
    goal: 0.8,
  });
}

/** A fresh process each time, with nothing stored. */
function idleCase(): BenchCase {
  return {
    name: 'idle-memory',
    unit: 'MB resident',
    better: 'less',
    peer: { limit: 150 },
    ours: async ({ tiny }) => {
      const server = await cairn.start();
      try {
        return (await settledMemory(server, tiny)) / 1e6;
      } finally {
        await server.stop();
      }
    },
  };
}

/** Seconds from the start of the process to `ready`, over 100,000 objects; the compile cache is warm from the first. */
function startCase(): BenchCase {
  let data: string | undefined;
  return {
    name: 'start-to-ready-100000-objects',
    unit: 's',
    better: 'less',
    peer: { limit: 1.5 },
    prepare: async ({ tiny }) => {
      data = await makeDataFolder();
      const server = await startCairn(thisCheckout, data);
      try {
        await server.createBucket(bucket);
        const target = (index: number) => `/${bucket}/key-${numbered(index)}`;
        await fillBucket(server, { count: tiny ? 100 : 100_000, target });
      } finally {
        await server.stop();
      }
    },
    ours: () => secondsToReady(data!),
    cleanup: async () => {
      if (data !== undefined) await rm(data, { recursive: true });
    },
  };
}
