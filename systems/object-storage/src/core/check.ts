// Looks at everything without changing it: engine, index, segments, and that every row's bytes are there.

import { BlobDamagedError, type DataStore } from '../data/data-store.ts';
import {
  firstReference,
  type Reference,
  type ReferenceCursor,
  type ReferencePage,
} from '../metadata/references.ts';
import type { MetadataSql } from '../metadata/store.ts';
import { isMoved } from '../transition/moved-data.ts';
import { checkMetadataRows, isUnreadable } from './check-rows.ts';
import { checkMetadataShares } from './check-shares.ts';
import { CursorWatch } from './cursor-watch.ts';
import { checkKeys } from './encryption/check-keys.ts';
import type { MasterKeys } from './encryption/master-keys.ts';
import type { Finding } from './object-storage.ts';
import { explainRepairs } from './repair/explain-repairs.ts';
import type { FindReplicas } from './repair/repair-blob.ts';
import { checkPlaced } from './transition/check-placed.ts';
import type { Places } from './transition/places.ts';

type Parts = {
  readonly metadata: MetadataSql;
  readonly data: DataStore;
  readonly masterKeys: MasterKeys;
  readonly places: Places;
  readonly find: FindReplicas;
};

const pageReferences = 500;

export async function checkObjectStorage(
  parts: Parts,
  options: { deep: boolean },
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const detail of await parts.metadata.check()) {
    findings.push({ severity: 'damage', where: 'metadata', detail });
  }
  const hurt = new Map<string, string>();
  const missing = new Set<string>();
  for await (const { blob, where, detail } of parts.data.check(options)) {
    findings.push({ severity: 'damage', where, detail });
    if (blob !== undefined) hurt.set(blob, detail);
  }
  findings.push(...(await checkMetadataRows(parts.metadata)));
  findings.push(...(await checkMetadataShares(parts.metadata)));
  const checks: Readonly<Record<string, () => Promise<readonly Finding[]>>> = {
    'keys of objects': () => checkKeys(parts),
    'what rows refer to': () => checkReferences(parts, { ...options, hurt, missing }),
  };
  for (const [what, check] of Object.entries(checks)) findings.push(...(await unlessUnreadable(what, check)));
  findings.push(...(await repairsOf(parts, [...hurt.keys(), ...missing])));
  return findings;
}

/** What cannot be read is a finding: everything else is told all the same. */
async function unlessUnreadable(
  where: string,
  check: () => Promise<readonly Finding[]>,
): Promise<readonly Finding[]> {
  try {
    return await check();
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    return [{ severity: 'damage', where, detail: `it cannot be checked: ${error.message}` }];
  }
}

async function checkReferences(
  parts: Parts,
  options: { deep: boolean; hurt: ReadonlyMap<string, string>; missing: Set<string> },
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  const watch = new CursorWatch();
  let cursor: ReferenceCursor | undefined = firstReference;
  while (cursor !== undefined) {
    watch.passed(cursor);
    const page: ReferencePage = await parts.metadata.read('listReferences', {
      cursor,
      limit: pageReferences,
    });
    for (const misfit of page.misfits) findings.push({ severity: 'damage', ...misfit });
    for (const reference of page.references)
      findings.push(
        ...(isMoved(reference.blob)
          ? await checkPlaced(parts.places, reference, options)
          : await checkReference(parts.data, reference, options)),
      );
    cursor = page.next;
  }
  return findings;
}

/** `hurt`: blobs that are known to be damaged, and how. Those that are not there are added to `missing`. */
async function checkReference(
  data: DataStore,
  reference: Reference,
  { hurt, missing }: { hurt: ReadonlyMap<string, string>; missing: Set<string> },
): Promise<readonly Finding[]> {
  const { where, blob, sizeBytes } = reference;
  const detail = hurt.get(blob);
  if (detail !== undefined) return [{ severity: 'damage', where, detail: `blob ${blob}: ${detail}` }];
  const reader = await openOrDamage(data, blob);
  if (reader instanceof BlobDamagedError) return [{ severity: 'damage', where, detail: reader.message }];
  if (reader === undefined) {
    missing.add(blob);
    return [{ severity: 'damage', where, detail: `its blob ${blob} is missing` }];
  }
  const stored = reader.sizeBytes;
  reader.close();
  if (stored === sizeBytes) return [];
  return [{ severity: 'damage', where, detail: `it has ${sizeBytes} bytes, its blob ${blob} has ${stored}` }];
}

async function openOrDamage(data: DataStore, blob: string) {
  try {
    return await data.open(blob);
  } catch (error) {
    if (error instanceof BlobDamagedError) return error;
    throw error;
  }
}

/** Whether a replica may help. */
async function repairsOf({ metadata, find }: Parts, blobs: readonly string[]): Promise<readonly Finding[]> {
  if (blobs.length === 0) return [];
  return explainRepairs({ metadata, find }, blobs);
}
