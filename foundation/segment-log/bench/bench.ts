// The log against the least that any log must do: the same bytes by plain writev and fdatasync, without headers,
// checksums or promises per record. It is a bound, not a rival:
// the ratio is what those cost, and no goal is set for it.
//
// `npm run bench -w foundation/segment-log [-- --json | --tiny | --case TEXT]`

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BenchCase, type BenchContext, measureOperation, runBench } from '@cairn/bench';
import { type DiskFile, realWorld } from '@cairn/world';
import { openSegmentLog, type SegmentLog } from '../src/index.ts';

const world = realWorld();
const fileBytesMax = 64 * 2 ** 20;
const block = Buffer.alloc(64 * 1024, 'block');
const small = Buffer.alloc(4096, 'small');
/** Blocks per batch, as the object store appends them. */
const blocksPerBatch = 16;
const writers = 64;

let directory: string;
let log: SegmentLog;
let bare: BareFile;

/** One file, synced when it is full, as a segment has to be, and begun again. */
class BareFile {
  readonly #file: DiskFile;
  #position = 0;

  constructor(file: DiskFile) {
    this.#file = file;
  }

  async append(buffers: readonly Uint8Array[], lengthBytes: number): Promise<void> {
    if (this.#position + lengthBytes > fileBytesMax) {
      this.#position = 0;
      await this.#file.sync();
      await this.#file.truncate(0);
    }
    await this.#file.write(buffers, this.#position);
    this.#position += lengthBytes;
  }

  sync(): Promise<void> {
    return this.#file.sync();
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

async function prepare(): Promise<void> {
  directory = await mkdtemp(join(tmpdir(), 'cairn-bench-'));
  log = await openSegmentLog({ world, directory: `${directory}/log`, segmentBytesMax: fileBytesMax });
  bare = new BareFile(await world.disk.open(`${directory}/bare`, 'create'));
}

async function cleanup(): Promise<void> {
  await log.close();
  await bare.close();
  await rm(directory, { recursive: true });
}

/** Keeps the disk from filling up. */
async function removeSealed(): Promise<void> {
  for (const { segment, sealed } of log.segments()) if (sealed) await log.remove(segment);
}

const records = Array.from({ length: blocksPerBatch }, () => [block]);
const buffers = records.flat();
const batchMegabytes = (blocksPerBatch * block.length) / 1e6;

async function appendBlocks(times: number): Promise<void> {
  for (let time = 0; time < times; time += 1) await log.append(records);
  await removeSealed();
}

async function writeBlocks(times: number): Promise<void> {
  for (let time = 0; time < times; time += 1) await bare.append(buffers, blocksPerBatch * block.length);
}

/** Each of 64 writers appends one record and waits for its sync. */
async function appendSynced(times: number): Promise<void> {
  const one = async () => {
    await log.append([[small]]);
    await log.sync();
  };
  for (let time = 0; time < times; time += 1) await Promise.all(Array.from({ length: writers }, one));
  await removeSealed();
}

const smallBuffers = Array.from({ length: writers }, () => small);

async function writeSynced(times: number): Promise<void> {
  for (let time = 0; time < times; time += 1) {
    await bare.append(smallBuffers, writers * small.length);
    await bare.sync();
  }
}

type Rate = 'perCpuSecond' | 'perWallSecond';

function measure(run: (times: number) => Promise<void>, { rate, scale }: { rate: Rate; scale: number }) {
  return async ({ tiny }: BenchContext): Promise<number> => {
    const options = tiny ? { durationMs: 1, warmUpMs: 1 } : { durationMs: 150, warmUpMs: 40 };
    const measured = await measureOperation(run, options);
    assert(measured.operations > 0);
    return measured[rate] * scale;
  };
}

function benchCase(options: {
  name: string;
  unit: string;
  ours: (times: number) => Promise<void>;
  peer: (times: number) => Promise<void>;
  rate: Rate;
  scale: number;
}): BenchCase {
  const { name, unit, ours, peer } = options;
  return {
    name,
    unit,
    better: 'more',
    prepare,
    ours: measure(ours, options),
    peer: { name: 'bare file', version: async () => process.version, run: measure(peer, options) },
    cleanup,
  };
}

await runBench({
  name: 'segment-log',
  file: import.meta.url,
  command: 'npm run bench -w foundation/segment-log',
  cases: [
    benchCase({
      name: 'append-64kib',
      unit: 'MB/CPU-s',
      ours: appendBlocks,
      peer: writeBlocks,
      rate: 'perCpuSecond',
      scale: batchMegabytes,
    }),
    benchCase({
      name: 'synced-append-4kib-64-writers',
      unit: 'op/wall-s',
      ours: appendSynced,
      peer: writeSynced,
      rate: 'perWallSecond',
      scale: writers,
    }),
    benchCase({
      name: 'synced-append-4kib-64-writers-cpu',
      unit: 'op/CPU-s',
      ours: appendSynced,
      peer: writeSynced,
      rate: 'perCpuSecond',
      scale: writers,
    }),
  ],
});
