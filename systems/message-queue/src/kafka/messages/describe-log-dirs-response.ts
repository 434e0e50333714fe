// DescribeLogDirsResponse, versions 1 to 5, flexible from 2.
//
// Written by `npm run kafka-messages` from Apache Kafka's DescribeLogDirsResponse.json (Apache License 2.0). Not to be edited.

import type { Reader } from '../wire/reader.ts';
import type { Writer } from '../wire/writer.ts';

export type DescribeLogDirsResponse = {
  /** The duration in milliseconds for which the request was throttled due to a quota violation, or zero if the request did not violate any quota. */
  readonly throttleTimeMs: number;
  /** The error code, or 0 if there was no error. */
  readonly errorCode?: number | undefined;
  /** The log directories. */
  readonly results: readonly DescribeLogDirsResult[];
};

export type DescribeLogDirsResult = {
  /** The error code, or 0 if there was no error. */
  readonly errorCode: number;
  /** The absolute log directory path. */
  readonly logDir: string;
  /** The topics. */
  readonly topics: readonly DescribeLogDirsTopic[];
  /** The total size in bytes of the volume the log directory is in. This value does not include the size of data stored in remote storage. */
  readonly totalBytes?: number | undefined;
  /** The usable size in bytes of the volume the log directory is in. This value does not include the size of data stored in remote storage. */
  readonly usableBytes?: number | undefined;
  /** True if this log directory is cordoned. */
  readonly isCordoned?: boolean | undefined;
};

export type DescribeLogDirsTopic = {
  /** The topic name. */
  readonly name: string;
  /** The partitions. */
  readonly partitions: readonly DescribeLogDirsPartition[];
};

export type DescribeLogDirsPartition = {
  /** The partition index. */
  readonly partitionIndex: number;
  /** The size of the log segments in this partition in bytes. */
  readonly partitionSize: number;
  /** The lag of the log's LEO w.r.t. partition's HW (if it is the current log for the partition) or current replica's LEO (if it is the future log for the partition). */
  readonly offsetLag: number;
  /** True if this log is created by AlterReplicaLogDirsRequest and will replace the current log of the replica in the future. */
  readonly isFutureKey: boolean;
};

export function decodeDescribeLogDirsResponse(reader: Reader, version: number): DescribeLogDirsResponse {
  const flexible = version >= 2;
  const throttleTimeMs = reader.int32();
  let errorCode: DescribeLogDirsResponse['errorCode'] = 0;
  if (version >= 3) errorCode = reader.int16();
  const results = reader.array(flexible, decodeDescribeLogDirsResult, version);
  if (flexible) reader.skipTaggedFields();
  return { throttleTimeMs, errorCode, results };
}

function decodeDescribeLogDirsResult(reader: Reader, version: number): DescribeLogDirsResult {
  const flexible = version >= 2;
  const errorCode = reader.int16();
  const logDir = reader.string(flexible);
  const topics = reader.array(flexible, decodeDescribeLogDirsTopic, version);
  let totalBytes: DescribeLogDirsResult['totalBytes'] = -1;
  if (version >= 4) totalBytes = reader.int64();
  let usableBytes: DescribeLogDirsResult['usableBytes'] = -1;
  if (version >= 4) usableBytes = reader.int64();
  let isCordoned: DescribeLogDirsResult['isCordoned'] = false;
  if (version >= 5) isCordoned = reader.bool();
  if (flexible) reader.skipTaggedFields();
  return { errorCode, logDir, topics, totalBytes, usableBytes, isCordoned };
}

function decodeDescribeLogDirsTopic(reader: Reader, version: number): DescribeLogDirsTopic {
  const flexible = version >= 2;
  const name = reader.string(flexible);
  const partitions = reader.array(flexible, decodeDescribeLogDirsPartition, version);
  if (flexible) reader.skipTaggedFields();
  return { name, partitions };
}

function decodeDescribeLogDirsPartition(reader: Reader, version: number): DescribeLogDirsPartition {
  const flexible = version >= 2;
  const partitionIndex = reader.int32();
  const partitionSize = reader.int64();
  const offsetLag = reader.int64();
  const isFutureKey = reader.bool();
  if (flexible) reader.skipTaggedFields();
  return { partitionIndex, partitionSize, offsetLag, isFutureKey };
}

export function encodeDescribeLogDirsResponse(
  writer: Writer,
  message: DescribeLogDirsResponse,
  version: number,
): void {
  const flexible = version >= 2;
  writer.int32(message.throttleTimeMs);
  if (version >= 3) writer.int16(message.errorCode ?? 0);
  writer.array(flexible, message.results, encodeDescribeLogDirsResult, version);
  if (flexible) writer.noTaggedFields();
}

function encodeDescribeLogDirsResult(writer: Writer, message: DescribeLogDirsResult, version: number): void {
  const flexible = version >= 2;
  writer.int16(message.errorCode);
  writer.string(flexible, message.logDir);
  writer.array(flexible, message.topics, encodeDescribeLogDirsTopic, version);
  if (version >= 4) writer.int64(message.totalBytes ?? -1);
  if (version >= 4) writer.int64(message.usableBytes ?? -1);
  if (version >= 5) writer.bool(message.isCordoned ?? false);
  if (flexible) writer.noTaggedFields();
}

function encodeDescribeLogDirsTopic(writer: Writer, message: DescribeLogDirsTopic, version: number): void {
  const flexible = version >= 2;
  writer.string(flexible, message.name);
  writer.array(flexible, message.partitions, encodeDescribeLogDirsPartition, version);
  if (flexible) writer.noTaggedFields();
}

function encodeDescribeLogDirsPartition(
  writer: Writer,
  message: DescribeLogDirsPartition,
  version: number,
): void {
  const flexible = version >= 2;
  writer.int32(message.partitionIndex);
  writer.int64(message.partitionSize);
  writer.int64(message.offsetLag);
  writer.bool(message.isFutureKey);
  if (flexible) writer.noTaggedFields();
}
