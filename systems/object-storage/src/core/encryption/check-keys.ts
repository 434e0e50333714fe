// What cannot be read because of its key: for `check`, and for the log of a start that misses a master key.

import type { Telemetry } from '@cairn/telemetry';
import { unwrapKey } from '../../encryption/key-wrap.ts';
import { rewrapPageRows } from '../../limits.ts';
import {
  type EncryptedRow,
  type EncryptedRowsCursor,
  type EncryptedRowsPage,
  firstEncryptedRow,
} from '../../metadata/encrypted-rows.ts';
import type { MetadataSql } from '../../metadata/store.ts';
import { CursorWatch } from '../cursor-watch.ts';
import { attributesFrom } from '../object-rows.ts';
import type { Finding } from '../object-storage.ts';
import type { MasterKeys } from './master-keys.ts';

type Parts = { readonly metadata: MetadataSql; readonly masterKeys: MasterKeys };

export type LockedRow = EncryptedRow & {
  readonly masterKey: string;
  /** Its master key is there, but does not unwrap it. */
  readonly damaged: boolean;
};

/** Objects, versions and uploads whose key cannot be unwrapped. Of a customer's keys nothing can be said. */
async function* lockedRows({ metadata, masterKeys }: Parts): AsyncIterable<LockedRow> {
  const watch = new CursorWatch();
  let cursor: EncryptedRowsCursor | undefined = firstEncryptedRow;
  while (cursor !== undefined) {
    watch.passed(cursor);
    const page: EncryptedRowsPage = await metadata.read('listEncryptedRows', {
      cursor,
      limit: rewrapPageRows,
    });
    for (const row of page.rows) {
      const { encryption } = attributesFrom(row.attributes);
      if (encryption?.by !== 'master') continue;
      const { masterKey } = encryption;
      const under = masterKeys.find(masterKey)?.key;
      const owner = { bucketId: row.bucket, key: row.key };
      if (under !== undefined && unwrapKey(encryption, { under, owner }) !== undefined) continue;
      yield { ...row, masterKey, damaged: under !== undefined };
    }
    cursor = page.next;
  }
}

export async function checkKeys(parts: Parts): Promise<readonly Finding[]> {
  const { problem, lost } = parts.masterKeys;
  const findings: Finding[] = [];
  if (problem !== undefined) findings.push({ severity: 'damage', where: 'master keys', detail: problem });
  for (const id of lost) {
    findings.push({ severity: 'damage', where: 'master keys', detail: `master key ${id} is lost` });
  }
  const { damaged } = await parts.metadata.read('listMasterKeys', {});
  for (const id of damaged) {
    const detail = 'its row does not match its checksum';
    findings.push({ severity: 'damage', where: `master key ${id}`, detail });
  }
  for await (const row of lockedRows(parts)) {
    findings.push({ severity: 'damage', where: whereOf(row), detail: detailOf(row) });
  }
  return findings;
}

function whereOf({ key, version, uploadId }: LockedRow): string {
  return uploadId === undefined ? `object ${key}, version ${version}` : `upload ${uploadId} of ${key}`;
}

function detailOf({ masterKey, damaged }: LockedRow): string {
  return damaged
    ? `its key cannot be unwrapped under the master key ${masterKey}`
    : `it is encrypted under the master key ${masterKey}, which is lost`;
}

/** Tells the log what a lost master key makes unreadable; a failure too, and then it is told by the next `check`. */
export async function tellLocked(parts: Parts, log: Telemetry['log']): Promise<void> {
  const { lost } = parts.masterKeys;
  if (lost.length === 0) return;
  try {
    const objects = await countLocked(parts);
    log.error('what is encrypted under lost master keys cannot be read', { lost, objects });
  } catch (error) {
    log.error('what is encrypted under lost master keys cannot be read; it was not counted', { lost, error });
  }
}

/** How many objects, versions and uploads, by their buckets' names. */
async function countLocked(parts: Parts): Promise<Readonly<Record<string, number>>> {
  const names = new Map((await parts.metadata.read('listBuckets', {})).map(({ id, name }) => [id, name]));
  const counts = new Map<string, number>();
  for await (const { bucket } of lockedRows(parts)) {
    const name = names.get(bucket) ?? `(bucket ${bucket})`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return Object.fromEntries(counts);
}
