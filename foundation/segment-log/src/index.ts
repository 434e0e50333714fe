export { coverDamage, coveringPayloadBytes, type DamagedRange } from './cover-damage.ts';
export {
  checkSegmentLog,
  type InspectedItem,
  inspectSegment,
  inspectSegmentLog,
  type SegmentLogReport,
} from './inspect.ts';
export {
  batchBytesMax,
  recordHeaderBytes,
  recordPayloadBytesMax,
  segmentBytesLimit,
  segmentHeaderBytes,
} from './limits.ts';
export { openSegmentLog } from './open-segment-log.ts';
export { readUpToUnreadable } from './read/read-persistently.ts';
export type {
  DamagedPlace,
  ListedRecord,
  ListOptions,
  PayloadIterator,
  ReadIntoOptions,
  ReadOnOptions,
  ReadOptions,
  RecordLocation,
  RecordParts,
  RecordsRead,
  RecoveredRecord,
  SegmentDamage,
  SegmentInfo,
  SegmentLog,
  SegmentLogOptions,
} from './segment-log.ts';
export { SegmentLogError, type SegmentLogErrorCode, segmentLogErrorCodes } from './segment-log-error.ts';
