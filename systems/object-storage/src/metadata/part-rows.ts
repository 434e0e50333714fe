// Changes of many parts of one upload at once: an object may have 10,000 of them.

import type { Transaction } from '@cairn/engines';
import { runInBatches } from './many-rows.ts';
import { type MetadataTables, statement } from './tables.ts';

type Part = MetadataTables['part'];

export const partTypes = {
  upload: 'text',
  number: 'integer',
  blob: 'text',
  size: 'integer',
  etag: 'text',
  modified_ms: 'integer',
  checksum: 'text?',
  start: 'integer?',
  salt: 'text?',
  shared: 'integer?',
  row_crc: 'integer',
} as const;
export const partColumns = [
  'upload',
  'number',
  'blob',
  'size',
  'etag',
  'modified_ms',
  'checksum',
  'start',
  'salt',
  'shared',
  'row_crc',
] as const satisfies readonly (keyof typeof partTypes)[];

export const upsertParts = statement({ parts: partTypes }, (db, p) =>
  db
    .insertInto('part')
    .columns(partColumns)
    .expression(
      db
        .selectFrom(p.parts)
        .select(partColumns)
        // Without it SQLite takes `on conflict` for a join.
        .where(({ lit }) => lit(true)),
    )
    .onConflict((conflict) =>
      conflict.columns(['upload', 'number']).doUpdateSet(({ ref }) => ({
        blob: ref('excluded.blob'),
        size: ref('excluded.size'),
        etag: ref('excluded.etag'),
        modified_ms: ref('excluded.modified_ms'),
        checksum: ref('excluded.checksum'),
        start: ref('excluded.start'),
        salt: ref('excluded.salt'),
        shared: ref('excluded.shared'),
        row_crc: ref('excluded.row_crc'),
      })),
    ),
);
const removeParts = statement({ upload: 'text', gone: { number: 'integer' } }, (db, p) =>
  db
    .deleteFrom('part')
    .where('upload', '=', p.upload)
    .where('number', 'in', db.selectFrom(p.gone).select('gone.number')),
);

/** Writes sealed parts, new or in place of those that have their numbers; each number comes once. */
export function* writeParts(parts: readonly (Part & { readonly row_crc: number })[]): Transaction<void> {
  yield* runInBatches(parts, (batch) => upsertParts.run({ parts: batch }));
}

export function* forgetParts(upload: string, numbers: readonly number[]): Transaction<void> {
  const gone = numbers.map((number) => ({ number }));
  yield* runInBatches(gone, (batch) => removeParts.run({ upload, gone: batch }));
}
