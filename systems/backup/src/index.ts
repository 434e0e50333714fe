export type { Finding, HurtFile, VerifyReport } from './check/finding.ts';
export { parseReadShare, type ReadShare } from './check/read-share.ts';
export type { VerifyProgress } from './check/verify-progress.ts';
export type { VerifyOptions } from './check/verify-repository.ts';
export type { CollectOptions, CollectReport, SessionWait } from './collect/collect-options.ts';
export {
  applyForgetPolicy,
  type ForgetDecision,
  type ForgetPolicy,
  type KeepPeriod,
  keepPeriods,
} from './collect/forget-policy.ts';
export { parseKeepDuration } from './collect/keep-duration.ts';
export { type GroupMember, groupMembers, groupSnapshots } from './collect/snapshot-groups.ts';
export type { InitOptions, RepositoryParameters } from './core/init-repository.ts';
export type { KeyDescription, ListedKey } from './core/keys/manage-keys.ts';
export type { Rotation } from './core/keys/rotate-keys.ts';
export type { OpenOptions } from './core/open-repository.ts';
export type { DamagedObject, Repository } from './core/repository.ts';
export { matches as matchesFilter, type SnapshotFilter } from './core/resolve-snapshot.ts';
export type { CountOptions } from './create/count/count-source.ts';
export type { SourceTotals } from './create/count/tree-count.ts';
export type { CreateOptions, CreateProgress, CreateResult } from './create/create-options.ts';
export { patternLines } from './create/matchable-text.ts';
export type { ExcludeRules, WalkProblem } from './create/walker-messages.ts';
export { BackupError, type BackupErrorCode, backupErrorCodes } from './errors.ts';
export type { RepositoryConfig } from './format/repository-config.ts';
export type { Snapshot, SnapshotSummary } from './format/snapshot-record.ts';
export type { TreeEntry } from './format/tree-entry.ts';
export type { Inspected } from './inspect/inspect-object.ts';
export {
  type RepositoryStats,
  type SnapshotShare,
  type StatsMode,
  type StatsOptions,
  statsModes,
} from './inspect/stats-options.ts';
export * from './library.ts';
export { diffTrees, type TreeChange } from './manifest/diff-trees.ts';
export { type FoundEntry, findEntries } from './manifest/find-entries.ts';
export { compilePathPattern, type PathPattern } from './manifest/path-pattern.ts';
export { pathBytes, pathText } from './manifest/path-text.ts';
export { openTree, type SnapshotTree } from './manifest/read-tree.ts';
export type { RepairOptions, RepairProgress, RepairReport } from './repair/repair-report.ts';
export type { OverwritePolicy, RestoreOptions, RestoreResult } from './restore/restore-options.ts';
export type { ScheduledRun, ScheduleOptions } from './schedule/run-schedule.ts';
export type { AgentStatus, RunReport } from './service/agents/run-report.ts';
export type {
  AgentRun,
  RepositoryUsage,
  ServiceAdministration,
  ServiceAdministrationOptions,
} from './service/client/service-administration.ts';
export type { OpenStoreOptions } from './stores/open-store.ts';
export { showsSecretOnTheWay } from './stores/store-url.ts';
export type { TagChange } from './transform/tag-snapshots.ts';
export type { TransformedSnapshot, TransformProgress } from './transform/transform-options.ts';
export type { WebdavCredentials, WebdavOptions, WebdavServer } from './webdav/webdav-options.ts';
