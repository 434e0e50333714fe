export type { BlobBody, BlobContent, BlobInfo, BlobPage, Blobs, ByteRange } from './blobs/blobs.ts';
export type { Sql, SqlDurability, SqlValue } from './sql/sql.ts';
export { SqlError, type SqlErrorCode, sqlErrorCodes } from './sql/sql-error.ts';
export { type Statement, type Transaction, tablesOf } from './sql/statement.ts';
export { type ColumnTypes, defineStore, type Migration, type Store } from './sql/store.ts';
