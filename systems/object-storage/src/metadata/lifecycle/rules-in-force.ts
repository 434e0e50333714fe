// The rules of a bucket as they are in the transaction that asks.

import type { Transaction } from '@cairn/engines';
import type { Described } from '../../lifecycle/due.ts';
import { type ActiveRules, activeRulesOf, lifecycleDocument } from '../../lifecycle/lifecycle-rules.ts';
import { storageClassFrom } from '../checksum-text.ts';
import { damagedRow, isIntact } from '../row-checksums.ts';
import { statement } from '../tables.ts';

const selectDocument = statement({ bucket: 'integer', name: 'text' }, (db, p) =>
  db.selectFrom('bucket_configuration').selectAll().where('bucket', '=', p.bucket).where('name', '=', p.name),
);

/** Undefined when there are none. By rules that rotted nothing is deleted. */
export function* rulesInForce(bucket: number): Transaction<ActiveRules | undefined> {
  const row = yield* selectDocument.first({ bucket, name: lifecycleDocument });
  if (row === undefined) return undefined;
  if (!isIntact.configuration(row)) throw damagedRow(`${lifecycleDocument} of bucket ${bucket}`);
  return activeRulesOf(row.document);
}

/** What rules look at in a row of `object` or `version`, which may have rotted: who deletes verifies it. */
export function describe(row: {
  readonly key: string;
  readonly size: number;
  readonly modified_ms: number;
  readonly attributes: string;
  readonly checksum: string | null;
}) {
  return {
    key: row.key,
    sizeBytes: row.size,
    modifiedMs: row.modified_ms,
    storageClass: storageClassFrom(row.checksum),
    tags: () => tagsIn(row.attributes),
  };
}

/** One row that cannot be read must not end the pass for all that come behind it. */
function tagsIn(attributes: string): ReturnType<Described['tags']> {
  try {
    const { tags } = JSON.parse(attributes) as { readonly tags?: unknown };
    return Array.isArray(tags) ? tags : undefined;
  } catch {
    return undefined;
  }
}
