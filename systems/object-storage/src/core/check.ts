// Looks at everything without changing it: engine, index, segments, and that every row's bytes are there.

import type { DataStore } from '../data/data-store.ts';
import {
  firstReference,
  type Reference,
  type ReferenceCursor,
  type ReferencePage,
} from '../metadata/references.ts';
import type { MetadataSql } from '../metadata/store.ts';
import { checkMetadataRows } from './check-rows.ts';
import type { Finding } from './object-storage.ts';

type Parts = { readonly metadata: MetadataSql; readonly data: DataStore };

const pageReferences = 500;

export async function checkObjectStorage(
  parts: Parts,
  options: { deep: boolean },
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const detail of await parts.metadata.check()) {
    findings.push({ severity: 'damage', where: 'metadata', detail });
  }
  for await (const { where, detail } of parts.data.check(options)) {
    findings.push({ severity: 'damage', where, detail });
  }
  findings.push(...(await checkMetadataRows(parts.metadata)));
  let cursor: ReferenceCursor | undefined = firstReference;
  while (cursor !== undefined) {
    const page: ReferencePage = await parts.metadata.read('listReferences', {
      cursor,
      limit: pageReferences,
    });
    for (const misfit of page.misfits) findings.push({ severity: 'damage', ...misfit });
    for (const reference of page.references) findings.push(...(await checkReference(parts.data, reference)));
    cursor = page.next;
  }
  return findings;
}

async function checkReference(data: DataStore, reference: Reference): Promise<readonly Finding[]> {
  const { where, blob, sizeBytes } = reference;
  const reader = await data.open(blob);
  if (reader === undefined) return [{ severity: 'damage', where, detail: `its blob ${blob} is missing` }];
  const stored = reader.sizeBytes;
  reader.close();
  if (stored === sizeBytes) return [];
  return [{ severity: 'damage', where, detail: `it has ${sizeBytes} bytes, its blob ${blob} has ${stored}` }];
}
