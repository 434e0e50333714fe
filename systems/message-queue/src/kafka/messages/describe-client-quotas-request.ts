// DescribeClientQuotasRequest, versions 0 to 1, flexible from 1.
//
// Written by `npm run kafka-messages` from Apache Kafka's DescribeClientQuotasRequest.json (Apache License 2.0). Not to be edited.

import type { Reader } from '../wire/reader.ts';
import type { Writer } from '../wire/writer.ts';

export type DescribeClientQuotasRequest = {
  /** Filter components to apply to quota entities. */
  readonly components: readonly ComponentData[];
  /** Whether the match is strict, i.e. should exclude entities with unspecified entity types. */
  readonly strict: boolean;
};

export type ComponentData = {
  /** The entity type that the filter component applies to. */
  readonly entityType: string;
  /** How to match the entity {0 = exact name, 1 = default name, 2 = any specified name}. */
  readonly matchType: number;
  /** The string to match against, or null if unused for the match type. */
  readonly match: string | null;
};

export function decodeDescribeClientQuotasRequest(
  reader: Reader,
  version: number,
): DescribeClientQuotasRequest {
  const flexible = version >= 1;
  const components = reader.array(flexible, decodeComponentData, version);
  const strict = reader.bool();
  if (flexible) reader.skipTaggedFields();
  return { components, strict };
}

function decodeComponentData(reader: Reader, version: number): ComponentData {
  const flexible = version >= 1;
  const entityType = reader.string(flexible);
  const matchType = reader.int8();
  const match = reader.nullableString(flexible);
  if (flexible) reader.skipTaggedFields();
  return { entityType, matchType, match };
}

export function encodeDescribeClientQuotasRequest(
  writer: Writer,
  message: DescribeClientQuotasRequest,
  version: number,
): void {
  const flexible = version >= 1;
  writer.array(flexible, message.components, encodeComponentData, version);
  writer.bool(message.strict);
  if (flexible) writer.noTaggedFields();
}

function encodeComponentData(writer: Writer, message: ComponentData, version: number): void {
  const flexible = version >= 1;
  writer.string(flexible, message.entityType);
  writer.int8(message.matchType);
  writer.nullableString(flexible, message.match);
  if (flexible) writer.noTaggedFields();
}
