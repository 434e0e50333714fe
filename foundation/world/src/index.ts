export type { Clock, Timer } from './clock.ts';
export {
  type DirectoryLock,
  type Disk,
  type DiskFile,
  directoryLockName,
  type FileStat,
  type OpenMode,
} from './disk.ts';
export { DiskError, type DiskErrorCode, diskErrorCodes } from './disk-error.ts';
export type { BatchHandler, Executor, ExecutorOptions, Executors, OpenExecutor, Result } from './executor.ts';
export { ExecutorError, type ExecutorErrorCode, executorErrorCodes } from './executor-error.ts';
export type { Random } from './random.ts';
export { realWorld } from './real/real-world.ts';
export { readReplacedFile, replaceFile } from './replaced-file.ts';
export type { World } from './world.ts';
