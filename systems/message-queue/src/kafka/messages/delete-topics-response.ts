// DeleteTopicsResponse, versions 1 to 6, flexible from 4.
//
// Written by `npm run kafka-messages` from Apache Kafka's DeleteTopicsResponse.json (Apache License 2.0). Not to be edited.

import type { Reader } from '../wire/reader.ts';
import { type Uuid, zeroUuid } from '../wire/values.ts';
import type { Writer } from '../wire/writer.ts';

export type DeleteTopicsResponse = {
  /** The duration in milliseconds for which the request was throttled due to a quota violation, or zero if the request did not violate any quota. */
  readonly throttleTimeMs: number;
  /** The results for each topic we tried to delete. */
  readonly responses: readonly DeletableTopicResult[];
};

export type DeletableTopicResult = {
  /** The topic name. */
  readonly name: string | null;
  /** The unique topic ID. */
  readonly topicId?: Uuid | undefined;
  /** The deletion error, or 0 if the deletion succeeded. */
  readonly errorCode: number;
  /** The error message, or null if there was no error. */
  readonly errorMessage?: string | null | undefined;
};

export function decodeDeleteTopicsResponse(reader: Reader, version: number): DeleteTopicsResponse {
  const flexible = version >= 4;
  const throttleTimeMs = reader.int32();
  const responses = reader.array(flexible, decodeDeletableTopicResult, version);
  if (flexible) reader.skipTaggedFields();
  return { throttleTimeMs, responses };
}

function decodeDeletableTopicResult(reader: Reader, version: number): DeletableTopicResult {
  const flexible = version >= 4;
  const name = version >= 6 ? reader.nullableString(flexible) : reader.string(flexible);
  let topicId: DeletableTopicResult['topicId'] = zeroUuid;
  if (version >= 6) topicId = reader.uuid();
  const errorCode = reader.int16();
  let errorMessage: DeletableTopicResult['errorMessage'] = null;
  if (version >= 5) errorMessage = reader.nullableString(flexible);
  if (flexible) reader.skipTaggedFields();
  return { name, topicId, errorCode, errorMessage };
}

export function encodeDeleteTopicsResponse(
  writer: Writer,
  message: DeleteTopicsResponse,
  version: number,
): void {
  const flexible = version >= 4;
  writer.int32(message.throttleTimeMs);
  writer.array(flexible, message.responses, encodeDeletableTopicResult, version);
  if (flexible) writer.noTaggedFields();
}

function encodeDeletableTopicResult(writer: Writer, message: DeletableTopicResult, version: number): void {
  const flexible = version >= 4;
  if (message.name === null && !(version >= 6)) writer.refuse('DeletableTopicResult.name', version);
  writer.nullableString(flexible, message.name);
  if (version >= 6) writer.uuid(message.topicId ?? zeroUuid);
  writer.int16(message.errorCode);
  if (version >= 5) writer.nullableString(flexible, message.errorMessage ?? null);
  if (flexible) writer.noTaggedFields();
}
