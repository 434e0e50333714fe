// The metadata store as it was in its first version, before there were versions of objects and checksums of rows.

import { defineStore, tablesOf } from '@cairn/engines';
import { migrations } from '../src/metadata/migrations.ts';

type FirstTables = {
  bucket: { name: string; id: number; owner: string; created_ms: number };
  object: {
    bucket: number;
    key: string;
    size: number;
    etag: string;
    modified_ms: number;
    attributes: string;
    checksum: string | null;
    data: string;
    part_count: number | null;
  };
};

const { statement } = tablesOf<FirstTables>();
const insertBucket = statement(
  { name: 'text', id: 'integer', owner: 'text', created_ms: 'integer' },
  (db, p) => db.insertInto('bucket').values({ ...p }),
);
const insertObject = statement(
  {
    bucket: 'integer',
    key: 'text',
    size: 'integer',
    etag: 'text',
    modified_ms: 'integer',
    attributes: 'text',
    checksum: 'text?',
    data: 'text',
    part_count: 'integer?',
  },
  (db, p) => db.insertInto('object').values({ ...p }),
);

export default defineStore({
  module: import.meta.url,
  name: 'object-storage',
  migrations: migrations.slice(0, 1),
  reads: {},
  writes: {
    addBucket: (input: FirstTables['bucket']) => insertBucket.run(input),
    addObject: (input: FirstTables['object']) => insertObject.run(input),
  },
});
