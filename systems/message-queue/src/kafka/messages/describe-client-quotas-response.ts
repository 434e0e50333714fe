// DescribeClientQuotasResponse, versions 0 to 1, flexible from 1.
//
// Written by `npm run kafka-messages` from Apache Kafka's DescribeClientQuotasResponse.json (Apache License 2.0). Not to be edited.

import type { Reader } from '../wire/reader.ts';
import type { Writer } from '../wire/writer.ts';

export type DescribeClientQuotasResponse = {
  /** The duration in milliseconds for which the request was throttled due to a quota violation, or zero if the request did not violate any quota. */
  readonly throttleTimeMs: number;
  /** The error code, or `0` if the quota description succeeded. */
  readonly errorCode: number;
  /** The error message, or `null` if the quota description succeeded. */
  readonly errorMessage: string | null;
  /** A result entry. */
  readonly entries: readonly EntryData[] | null;
};

export type EntryData = {
  /** The quota entity description. */
  readonly entity: readonly EntityData[];
  /** The quota values for the entity. */
  readonly values: readonly ValueData[];
};

export type ValueData = {
  /** The quota configuration key. */
  readonly key: string;
  /** The quota configuration value. */
  readonly value: number;
};

export type EntityData = {
  /** The entity type. */
  readonly entityType: string;
  /** The entity name, or null if the default. */
  readonly entityName: string | null;
};

export function decodeDescribeClientQuotasResponse(
  reader: Reader,
  version: number,
): DescribeClientQuotasResponse {
  const flexible = version >= 1;
  const throttleTimeMs = reader.int32();
  const errorCode = reader.int16();
  const errorMessage = reader.nullableString(flexible);
  const entries = reader.nullableArray(flexible, decodeEntryData, version);
  if (flexible) reader.skipTaggedFields();
  return { throttleTimeMs, errorCode, errorMessage, entries };
}

function decodeEntryData(reader: Reader, version: number): EntryData {
  const flexible = version >= 1;
  const entity = reader.array(flexible, decodeEntityData, version);
  const values = reader.array(flexible, decodeValueData, version);
  if (flexible) reader.skipTaggedFields();
  return { entity, values };
}

function decodeValueData(reader: Reader, version: number): ValueData {
  const flexible = version >= 1;
  const key = reader.string(flexible);
  const value = reader.float64();
  if (flexible) reader.skipTaggedFields();
  return { key, value };
}

function decodeEntityData(reader: Reader, version: number): EntityData {
  const flexible = version >= 1;
  const entityType = reader.string(flexible);
  const entityName = reader.nullableString(flexible);
  if (flexible) reader.skipTaggedFields();
  return { entityType, entityName };
}

export function encodeDescribeClientQuotasResponse(
  writer: Writer,
  message: DescribeClientQuotasResponse,
  version: number,
): void {
  const flexible = version >= 1;
  writer.int32(message.throttleTimeMs);
  writer.int16(message.errorCode);
  writer.nullableString(flexible, message.errorMessage);
  writer.nullableArray(flexible, message.entries, encodeEntryData, version);
  if (flexible) writer.noTaggedFields();
}

function encodeEntryData(writer: Writer, message: EntryData, version: number): void {
  const flexible = version >= 1;
  writer.array(flexible, message.entity, encodeEntityData, version);
  writer.array(flexible, message.values, encodeValueData, version);
  if (flexible) writer.noTaggedFields();
}

function encodeValueData(writer: Writer, message: ValueData, version: number): void {
  const flexible = version >= 1;
  writer.string(flexible, message.key);
  writer.float64(message.value);
  if (flexible) writer.noTaggedFields();
}

function encodeEntityData(writer: Writer, message: EntityData, version: number): void {
  const flexible = version >= 1;
  writer.string(flexible, message.entityType);
  writer.nullableString(flexible, message.entityName);
  if (flexible) writer.noTaggedFields();
}
