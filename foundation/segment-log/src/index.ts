export {
  type RecordLocation,
  type RecordParts,
  type RecoveredRecord,
  recordHeaderBytes,
  type SegmentDamage,
  type SegmentInfo,
  type SegmentLog,
  type SegmentLogOptions,
} from './segment-log.ts';
