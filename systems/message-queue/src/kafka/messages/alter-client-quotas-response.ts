// AlterClientQuotasResponse, versions 0 to 1, flexible from 1.
//
// Written by `npm run kafka-messages` from Apache Kafka's AlterClientQuotasResponse.json (Apache License 2.0). Not to be edited.

import type { Reader } from '../wire/reader.ts';
import type { Writer } from '../wire/writer.ts';

export type AlterClientQuotasResponse = {
  /** The duration in milliseconds for which the request was throttled due to a quota violation, or zero if the request did not violate any quota. */
  readonly throttleTimeMs: number;
  /** The quota configuration entries to alter. */
  readonly entries: readonly EntryData[];
};

export type EntryData = {
  /** The error code, or `0` if the quota alteration succeeded. */
  readonly errorCode: number;
  /** The error message, or `null` if the quota alteration succeeded. */
  readonly errorMessage: string | null;
  /** The quota entity to alter. */
  readonly entity: readonly EntityData[];
};

export type EntityData = {
  /** The entity type. */
  readonly entityType: string;
  /** The name of the entity, or null if the default. */
  readonly entityName: string | null;
};

export function decodeAlterClientQuotasResponse(reader: Reader, version: number): AlterClientQuotasResponse {
  const flexible = version >= 1;
  const throttleTimeMs = reader.int32();
  const entries = reader.array(flexible, decodeEntryData, version);
  if (flexible) reader.skipTaggedFields();
  return { throttleTimeMs, entries };
}

function decodeEntryData(reader: Reader, version: number): EntryData {
  const flexible = version >= 1;
  const errorCode = reader.int16();
  const errorMessage = reader.nullableString(flexible);
  const entity = reader.array(flexible, decodeEntityData, version);
  if (flexible) reader.skipTaggedFields();
  return { errorCode, errorMessage, entity };
}

function decodeEntityData(reader: Reader, version: number): EntityData {
  const flexible = version >= 1;
  const entityType = reader.string(flexible);
  const entityName = reader.nullableString(flexible);
  if (flexible) reader.skipTaggedFields();
  return { entityType, entityName };
}

export function encodeAlterClientQuotasResponse(
  writer: Writer,
  message: AlterClientQuotasResponse,
  version: number,
): void {
  const flexible = version >= 1;
  writer.int32(message.throttleTimeMs);
  writer.array(flexible, message.entries, encodeEntryData, version);
  if (flexible) writer.noTaggedFields();
}

function encodeEntryData(writer: Writer, message: EntryData, version: number): void {
  const flexible = version >= 1;
  writer.int16(message.errorCode);
  writer.nullableString(flexible, message.errorMessage);
  writer.array(flexible, message.entity, encodeEntityData, version);
  if (flexible) writer.noTaggedFields();
}

function encodeEntityData(writer: Writer, message: EntityData, version: number): void {
  const flexible = version >= 1;
  writer.string(flexible, message.entityType);
  writer.nullableString(flexible, message.entityName);
  if (flexible) writer.noTaggedFields();
}
