export type { Clock, Timer } from './clock.ts';
export type { DirectoryLock, Disk, DiskFile, FileStat, OpenMode } from './disk.ts';
export { DiskError, type DiskErrorCode, diskErrorCodes } from './disk-error.ts';
export type { BatchHandler, Executor, Executors, OpenExecutor, Result } from './executor.ts';
export type { Random } from './random.ts';
export type { World } from './world.ts';
