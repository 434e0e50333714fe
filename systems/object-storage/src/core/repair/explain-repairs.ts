// Tells of hurt blobs whether a replica may help, for who only looks.

import type { MetadataSql } from '../../metadata/store.ts';
import type { Finding } from '../object-storage.ts';
import { findHurtBlobs, nameOf } from './hurt-blobs.ts';
import { type FindReplicas, whyNot } from './repair-blob.ts';

export async function explainRepairs(
  { metadata, find }: { readonly metadata: MetadataSql; readonly find: FindReplicas },
  blobs: readonly string[],
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const { holders } of await findHurtBlobs(metadata, blobs)) {
    for (const { holder, version } of holders) {
      const where = nameOf(holder);
      const refused = whyNot(version);
      if (refused !== undefined || typeof version !== 'object') {
        findings.push({ severity: 'notice', where, detail: `no replica can repair it: ${refused}` });
        continue;
      }
      const targets = version.sources.map(({ target }) =>
        find(target) === undefined ? `${target}, which is not in the settings` : target,
      );
      findings.push({
        severity: 'notice',
        where,
        detail: `it is repaired from a replica: ${targets.join('; ')}`,
      });
    }
  }
  return findings;
}
