// CreatePartitionsResponse, versions 0 to 3, flexible from 2.
//
// Written by `npm run kafka-messages` from Apache Kafka's CreatePartitionsResponse.json (Apache License 2.0). Not to be edited.

import type { Reader } from '../wire/reader.ts';
import type { Writer } from '../wire/writer.ts';

export type CreatePartitionsResponse = {
  /** The duration in milliseconds for which the request was throttled due to a quota violation, or zero if the request did not violate any quota. */
  readonly throttleTimeMs: number;
  /** The partition creation results for each topic. */
  readonly results: readonly CreatePartitionsTopicResult[];
};

export type CreatePartitionsTopicResult = {
  /** The topic name. */
  readonly name: string;
  /** The result error, or zero if there was no error. */
  readonly errorCode: number;
  /** The result message, or null if there was no error. */
  readonly errorMessage?: string | null | undefined;
};

export function decodeCreatePartitionsResponse(reader: Reader, version: number): CreatePartitionsResponse {
  const flexible = version >= 2;
  const throttleTimeMs = reader.int32();
  const results = reader.array(flexible, decodeCreatePartitionsTopicResult, version);
  if (flexible) reader.skipTaggedFields();
  return { throttleTimeMs, results };
}

function decodeCreatePartitionsTopicResult(reader: Reader, version: number): CreatePartitionsTopicResult {
  const flexible = version >= 2;
  const name = reader.string(flexible);
  const errorCode = reader.int16();
  const errorMessage = reader.nullableString(flexible);
  if (flexible) reader.skipTaggedFields();
  return { name, errorCode, errorMessage };
}

export function encodeCreatePartitionsResponse(
  writer: Writer,
  message: CreatePartitionsResponse,
  version: number,
): void {
  const flexible = version >= 2;
  writer.int32(message.throttleTimeMs);
  writer.array(flexible, message.results, encodeCreatePartitionsTopicResult, version);
  if (flexible) writer.noTaggedFields();
}

function encodeCreatePartitionsTopicResult(
  writer: Writer,
  message: CreatePartitionsTopicResult,
  version: number,
): void {
  const flexible = version >= 2;
  writer.string(flexible, message.name);
  writer.int16(message.errorCode);
  writer.nullableString(flexible, message.errorMessage ?? null);
  if (flexible) writer.noTaggedFields();
}
