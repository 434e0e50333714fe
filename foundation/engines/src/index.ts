export * from './blobs.ts';
export { checkedLog } from './log/checked-log.ts';
export { type LogConformance, logConformance } from './log/conformance.ts';
export { deliverRecord } from './log/deliver-record.ts';
export type {
  HandlerContext,
  Log,
  LogHeader,
  LogRecord,
  NewLogHeader,
  NewLogRecord,
  ProducedRecord,
  ProduceRequest,
  RecordHandler,
  RetryPolicy,
  SubscribeRequest,
  Subscription,
} from './log/log.ts';
export type {
  EngineProduce,
  EngineRecord,
  EngineSubscribe,
  LogCredentials,
  LogEngine,
  LogOpener,
  OpenLogOptions,
} from './log/log-engine.ts';
export { LogError, type LogErrorCode, logErrorCodes } from './log/log-error.ts';
export { openLog, registerLog } from './log/open-log.ts';
export { partitionOfKey } from './log/partitioner.ts';
export { LookupCache, type LookupCacheOptions } from './sql/lookup-cache.ts';
export { openSql, type SqlOptions } from './sql/open-sql.ts';
export {
  openSimulatedSql,
  type SimulatedSqlOptions,
  simulatedSqlFaults,
} from './sql/simulated/open-simulated-sql.ts';
export type { SimulatedSqlFaults } from './sql/simulated/simulated-faults.ts';
export type { Sql, SqlDurability, SqlValue } from './sql/sql.ts';
export { SqlError, type SqlErrorCode, sqlErrorCodes } from './sql/sql-error.ts';
export { compileStore } from './sql/statement/compile-store.ts';
export { knownStatementsUrl, type StatementTexts } from './sql/statement/known-statements.ts';
export { type Statement, type Transaction, tablesOf } from './sql/statement/statement.ts';
export { type ColumnTypes, defineStore, type Migration, type Store } from './sql/store.ts';
