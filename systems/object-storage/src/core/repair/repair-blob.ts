// Repairs one blob from a replica of an object that it belongs to.
//
//   step                                                          a crash after it leaves
//   1  the bytes come from the other side, are proved, and        a blob without a row: the search for orphans takes it
//      stored as another blob, durably
//   2  transactions give it to all rows that named the old one    rows of both, each of them right; the next repair goes on
//   3  the last of them makes the old blob garbage                the repaired object

import { SqlError } from '@cairn/engines';
import { SegmentLogError } from '@cairn/segment-log';
import { DiskError } from '@cairn/world';
import { ObjectStorageError } from '../../errors.ts';
import { replacedRowsAtOnce } from '../../limits.ts';
import type { HurtVersion, ReplicaSource } from '../../metadata/hurt-holders.ts';
import { encryptionOf } from '../../metadata/stored-size.ts';
import type { ReplicationDestination } from '../../replication/replication-destination.ts';
import type { Readable } from '../object-content.ts';
import type { ObjectAttributes } from '../object-storage.ts';
import type { CoreParts } from '../parts.ts';
import { settleBlob } from '../settle-blob.ts';
import { type HurtBlob, nameOf } from './hurt-blobs.ts';
import { type StoringParts, storeProved } from './store-proved.ts';

/** Where replicas may be read, by the ARN of the destination. */
export type FindReplicas = (target: string) => Pick<ReplicationDestination, 'read'> | undefined;

export type RepairingParts = StoringParts &
  Pick<CoreParts, 'metadata' | 'world'> & {
    readonly find: FindReplicas;
    /** At the pace that is allowed. */
    readonly paced: (content: Readable, signal: AbortSignal) => Readable;
  };

export type BlobRepair =
  | { readonly outcome: 'repaired'; readonly bytes: number; readonly from: string }
  /** Nothing that names it could be given another blob: changed or deleted meanwhile. */
  | { readonly outcome: 'gone' }
  | { readonly outcome: 'not repaired'; readonly reason: string };

/** Rejects when the signal aborts, or the metadata store or this disk fails. */
export async function repairBlob(
  parts: RepairingParts,
  { blob, holders }: HurtBlob,
  signal: AbortSignal,
): Promise<BlobRepair> {
  const reasons: string[] = [];
  for (const { holder, version } of holders) {
    const refused = whyNot(version);
    if (refused !== undefined || typeof version !== 'object') {
      reasons.push(`${nameOf(holder)}: ${refused}`);
      continue;
    }
    for (const source of version.sources) {
      const outcome = await repairFrom(parts, { blob, version, source }, signal);
      if (typeof outcome !== 'string') return outcome;
      reasons.push(`${nameOf(holder)} from ${source.target}: ${outcome}`);
    }
  }
  if (reasons.length === 0) return { outcome: 'gone' };
  return { outcome: 'not repaired', reason: reasons.slice(0, reasonsMax).join('; ') };
}

const reasonsMax = 5;

/** Why a replica is not even asked for. */
export function whyNot(version: HurtVersion | 'damaged' | undefined): string | undefined {
  if (version === undefined) return 'it is a part of an upload that is not finished';
  if (version === 'damaged') return 'its row is damaged';
  if (encryptionOf(version.attributes)?.by === 'customer')
    return 'it is encrypted under a key of its client, and not replicated';
  return version.sources.length === 0 ? 'no replica of it is known' : undefined;
}

type From = { readonly blob: string; readonly version: HurtVersion; readonly source: ReplicaSource };

/** A text says why not. */
async function repairFrom(
  parts: RepairingParts,
  from: From,
  signal: AbortSignal,
): Promise<Exclude<BlobRepair, { outcome: 'not repaired' }> | string> {
  const destination = parts.find(from.source.target);
  if (destination === undefined) return 'it is not in the settings';
  const { piece, attributes } = from.version;
  const { imported } = JSON.parse(attributes) as ObjectAttributes;
  const range = { start: piece.start, length: piece.sizeBytes };
  try {
    const replica = { ...from.version, imported, versionId: from.source.versionId };
    const content = parts.paced(await destination.read(replica, { range, signal }), signal);
    try {
      return await replace(parts, from, content);
    } finally {
      content.close();
    }
  } catch (error) {
    signal.throwIfAborted();
    if (isOurs(error)) throw error;
    return (error as Error).message;
  }
}

async function replace(
  parts: RepairingParts,
  { blob, version, source }: From,
  content: Readable,
): Promise<Exclude<BlobRepair, { outcome: 'not repaired' }>> {
  const stored = await storeProved(parts, version, content);
  const nowMs = Math.floor(parts.world.clock.nowMs());
  const replacing = { from: blob, to: stored.blob, limit: replacedRowsAtOnce, nowMs };
  const replace = (row: HurtVersion['piece']['row'] | undefined) =>
    parts.metadata.write('replaceBlob', { ...replacing, row });
  let { replaced, more } = await settleBlob(parts, stored.blob, () => replace(version.piece.row));
  if (replaced === 0) return { outcome: 'gone' };
  while (more) ({ more } = await replace(undefined));
  return { outcome: 'repaired', bytes: version.piece.sizeBytes, from: source.target };
}

/** What has nothing to do with the other side: of it nothing is said but a message. */
function isOurs(error: unknown): boolean {
  if (!(error instanceof Error)) return true;
  if (error instanceof SqlError) return error.code !== 'corrupt';
  if (error instanceof DiskError || error instanceof SegmentLogError) return true;
  return error instanceof ObjectStorageError && error.code === 'InsufficientStorage';
}
