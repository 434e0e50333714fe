// Statements that change what is kept beside the bytes of a version, and nothing else of its row.

import { statement } from './tables.ts';

const parameters = {
  attributes: 'text',
  listed_crc: 'integer',
  row_crc: 'integer',
  bucket: 'integer',
  key: 'text',
  version: 'text',
} as const;
export const setOfCurrent = statement(parameters, (db, p) =>
  db
    .updateTable('object')
    .set({ attributes: p.attributes, listed_crc: p.listed_crc, row_crc: p.row_crc })
    .where('bucket', '=', p.bucket)
    .where('key', '=', p.key)
    .where('version', '=', p.version),
);
export const setOfNoncurrent = statement(parameters, (db, p) =>
  db
    .updateTable('version')
    .set({ attributes: p.attributes, listed_crc: p.listed_crc, row_crc: p.row_crc })
    .where('bucket', '=', p.bucket)
    .where('key', '=', p.key)
    .where('version', '=', p.version),
);
