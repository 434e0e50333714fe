// AlterClientQuotasRequest, versions 0 to 1, flexible from 1.
//
// Written by `npm run kafka-messages` from Apache Kafka's AlterClientQuotasRequest.json (Apache License 2.0). Not to be edited.

import type { Reader } from '../wire/reader.ts';
import type { Writer } from '../wire/writer.ts';

export type AlterClientQuotasRequest = {
  /** The quota configuration entries to alter. */
  readonly entries: readonly EntryData[];
  /** Whether the alteration should be validated, but not performed. */
  readonly validateOnly: boolean;
};

export type EntryData = {
  /** The quota entity to alter. */
  readonly entity: readonly EntityData[];
  /** An individual quota configuration entry to alter. */
  readonly ops: readonly OpData[];
};

export type OpData = {
  /** The quota configuration key. */
  readonly key: string;
  /** The value to set, otherwise ignored if the value is to be removed. */
  readonly value: number;
  /** Whether the quota configuration value should be removed, otherwise set. */
  readonly remove: boolean;
};

export type EntityData = {
  /** The entity type. */
  readonly entityType: string;
  /** The name of the entity, or null if the default. */
  readonly entityName: string | null;
};

export function decodeAlterClientQuotasRequest(reader: Reader, version: number): AlterClientQuotasRequest {
  const flexible = version >= 1;
  const entries = reader.array(flexible, decodeEntryData, version);
  const validateOnly = reader.bool();
  if (flexible) reader.skipTaggedFields();
  return { entries, validateOnly };
}

function decodeEntryData(reader: Reader, version: number): EntryData {
  const flexible = version >= 1;
  const entity = reader.array(flexible, decodeEntityData, version);
  const ops = reader.array(flexible, decodeOpData, version);
  if (flexible) reader.skipTaggedFields();
  return { entity, ops };
}

function decodeOpData(reader: Reader, version: number): OpData {
  const flexible = version >= 1;
  const key = reader.string(flexible);
  const value = reader.float64();
  const remove = reader.bool();
  if (flexible) reader.skipTaggedFields();
  return { key, value, remove };
}

function decodeEntityData(reader: Reader, version: number): EntityData {
  const flexible = version >= 1;
  const entityType = reader.string(flexible);
  const entityName = reader.nullableString(flexible);
  if (flexible) reader.skipTaggedFields();
  return { entityType, entityName };
}

export function encodeAlterClientQuotasRequest(
  writer: Writer,
  message: AlterClientQuotasRequest,
  version: number,
): void {
  const flexible = version >= 1;
  writer.array(flexible, message.entries, encodeEntryData, version);
  writer.bool(message.validateOnly);
  if (flexible) writer.noTaggedFields();
}

function encodeEntryData(writer: Writer, message: EntryData, version: number): void {
  const flexible = version >= 1;
  writer.array(flexible, message.entity, encodeEntityData, version);
  writer.array(flexible, message.ops, encodeOpData, version);
  if (flexible) writer.noTaggedFields();
}

function encodeOpData(writer: Writer, message: OpData, version: number): void {
  const flexible = version >= 1;
  writer.string(flexible, message.key);
  writer.float64(message.value);
  writer.bool(message.remove);
  if (flexible) writer.noTaggedFields();
}

function encodeEntityData(writer: Writer, message: EntityData, version: number): void {
  const flexible = version >= 1;
  writer.string(flexible, message.entityType);
  writer.nullableString(flexible, message.entityName);
  if (flexible) writer.noTaggedFields();
}
