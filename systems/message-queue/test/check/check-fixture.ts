// A partition on a simulated disk, to rot and to repair.

import { silentTelemetry } from '@cairn/telemetry';
import type { World } from '@cairn/world';
import { checkLog, type LogFacts } from '../../src/check/check-log.ts';
import type { Finding } from '../../src/check/finding.ts';
import type { BlobReader } from '../../src/check/moved-segments.ts';
import type { RemoteBlobs } from '../../src/check/remake-remote-list.ts';
import { repairLog } from '../../src/check/repair-log.ts';
import type { RepairReport } from '../../src/check/repair-report.ts';
import { IndexCache } from '../../src/partition/index-cache.ts';
import { openPartition } from '../../src/partition/open-partition.ts';
import { config, directory } from '../partition/partition-fixture.ts';
import { tiered } from '../tiering/tiering-fixture.ts';

export const where = 'topic t/0';

export async function check(
  world: World,
  { isOpen = false, deep = false, blobs }: { isOpen?: boolean; deep?: boolean; blobs?: BlobReader } = {},
): Promise<{ findings: readonly Finding[]; facts: LogFacts }> {
  const findings: Finding[] = [];
  const place = { where, directory, isOpen: () => isOpen, blobs };
  const steps = checkLog(world, place, { deep });
  for (;;) {
    const { done, value } = await steps.next();
    if (done) return { findings, facts: value };
    if ('severity' in value) findings.push(value);
  }
}

export async function repair(
  world: World,
  options: {
    acceptLoss?: boolean;
    knownEnd?: number;
    isTiered?: boolean;
    blobs?: RemoteBlobs['storage'];
  } = {},
): Promise<RepairReport> {
  const { acceptLoss = false, knownEnd = 0, isTiered = false, blobs: storage } = options;
  const report: RepairReport = { logs: 0, remadeFiles: [], removedLeftovers: [], cutTails: [], problems: [] };
  const reopen = async (): Promise<void> => {
    const { log } = silentTelemetry();
    const indexes = new IndexCache(1);
    const place = { world, directory, config: { ...config, ...(isTiered && tiered) } };
    const partition = await openPartition({ ...place, leaderEpoch: 9, indexes, log });
    await partition.close();
  };
  const blobs = storage && { storage, prefix: 'topic/0/' };
  const log = { where, directory, knownEnd, reopen, blobs };
  await repairLog(world, log, { report, acceptLoss });
  return report;
}

export async function bytesOf(world: World, name: string): Promise<Buffer> {
  const file = await world.disk.open(`${directory}/${name}`, 'read');
  const bytes = Buffer.alloc(await file.sizeBytes());
  await file.read(bytes, 0);
  await file.close();
  return bytes;
}

export async function overwrite(world: World, name: string, bytes: Uint8Array, at = 0): Promise<void> {
  const file = await world.disk.open(`${directory}/${name}`, 'write');
  await file.write([bytes], at);
  await file.sync();
  await file.close();
}

/** Rots what the file holds somewhere. */
export async function rot(world: World, name: string, text: string): Promise<void> {
  const at = (await bytesOf(world, name)).indexOf(text);
  await overwrite(world, name, Buffer.from([Buffer.from(text)[0]! ^ 1]), at);
}

export async function addFile(world: World, name: string, bytes: Uint8Array): Promise<void> {
  const file = await world.disk.open(`${directory}/${name}`, 'create');
  await file.write([bytes], 0);
  await file.sync();
  await file.close();
}

export async function replaceFile(world: World, name: string, bytes: Uint8Array): Promise<void> {
  await world.disk.remove(`${directory}/${name}`);
  await addFile(world, name, bytes);
}
