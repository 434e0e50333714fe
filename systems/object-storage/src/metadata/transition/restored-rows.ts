// Statements on copies of archived objects: restores.ts says what their rows mean.

import type { StorageClass } from '../../core/object-storage.ts';
import { type MetadataTables, statement } from '../tables.ts';

export type RestoredRow = Omit<MetadataTables['restored'], 'row_crc'>;

export const selectRestored = statement({ source: 'text' }, (db, p) =>
  db.selectFrom('restored').selectAll().where('source', '=', p.source),
);
export const selectDueRestores = statement(
  { storage_class: 'text', due_ms: 'integer', limit: 'integer' },
  (db, p) =>
    db
      .selectFrom('restored')
      .selectAll()
      .where('storage_class', '=', p.storage_class as StorageClass)
      .where('due_ms', '<=', p.due_ms)
      .orderBy('due_ms')
      .limit(p.limit),
);
export const upsertRestored = statement(
  {
    source: 'text',
    storage_class: 'text',
    bucket: 'integer',
    key: 'text',
    version: 'text',
    days: 'integer',
    ready: 'integer',
    blob: 'text?',
    due_ms: 'integer',
    row_crc: 'integer',
  },
  (db, { source, storage_class, ...content }) => {
    const set = { ...content, storage_class: storage_class as StorageClass };
    return db
      .insertInto('restored')
      .values({ source, ...set })
      .onConflict((conflict) => conflict.column('source').doUpdateSet(set));
  },
);
export const removeRestored = statement({ source: 'text' }, (db, p) =>
  db.deleteFrom('restored').where('source', '=', p.source),
);
