// FindCoordinatorResponse, versions 0 to 6, flexible from 3.
//
// Written by `npm run kafka-messages` from Apache Kafka's FindCoordinatorResponse.json (Apache License 2.0). Not to be edited.

import type { Reader } from '../wire/reader.ts';
import type { Writer } from '../wire/writer.ts';

export type FindCoordinatorResponse = {
  /** The duration in milliseconds for which the request was throttled due to a quota violation, or zero if the request did not violate any quota. */
  readonly throttleTimeMs?: number | undefined;
  /** The error code, or 0 if there was no error. */
  readonly errorCode?: number | undefined;
  /** The error message, or null if there was no error. */
  readonly errorMessage?: string | null | undefined;
  /** The node id. */
  readonly nodeId?: number | undefined;
  /** The host name. */
  readonly host?: string | undefined;
  /** The port. */
  readonly port?: number | undefined;
  /** Each coordinator result in the response. */
  readonly coordinators?: readonly Coordinator[] | undefined;
};

export type Coordinator = {
  /** The coordinator key. */
  readonly key: string;
  /** The node id. */
  readonly nodeId: number;
  /** The host name. */
  readonly host: string;
  /** The port. */
  readonly port: number;
  /** The error code, or 0 if there was no error. */
  readonly errorCode: number;
  /** The error message, or null if there was no error. */
  readonly errorMessage: string | null;
};

export function decodeFindCoordinatorResponse(reader: Reader, version: number): FindCoordinatorResponse {
  const flexible = version >= 3;
  let throttleTimeMs: FindCoordinatorResponse['throttleTimeMs'] = 0;
  if (version >= 1) throttleTimeMs = reader.int32();
  let errorCode: FindCoordinatorResponse['errorCode'] = 0;
  if (version <= 3) errorCode = reader.int16();
  let errorMessage: FindCoordinatorResponse['errorMessage'] = '';
  if (version >= 1 && version <= 3) errorMessage = reader.nullableString(flexible);
  let nodeId: FindCoordinatorResponse['nodeId'] = 0;
  if (version <= 3) nodeId = reader.int32();
  let host: FindCoordinatorResponse['host'] = '';
  if (version <= 3) host = reader.string(flexible);
  let port: FindCoordinatorResponse['port'] = 0;
  if (version <= 3) port = reader.int32();
  let coordinators: FindCoordinatorResponse['coordinators'] = [];
  if (version >= 4) coordinators = reader.array(flexible, decodeCoordinator, version);
  if (flexible) reader.skipTaggedFields();
  return { throttleTimeMs, errorCode, errorMessage, nodeId, host, port, coordinators };
}

function decodeCoordinator(reader: Reader, _version: number): Coordinator {
  const key = reader.string(true);
  const nodeId = reader.int32();
  const host = reader.string(true);
  const port = reader.int32();
  const errorCode = reader.int16();
  const errorMessage = reader.nullableString(true);
  reader.skipTaggedFields();
  return { key, nodeId, host, port, errorCode, errorMessage };
}

export function encodeFindCoordinatorResponse(
  writer: Writer,
  message: FindCoordinatorResponse,
  version: number,
): void {
  const flexible = version >= 3;
  if (version >= 1) writer.int32(message.throttleTimeMs ?? 0);
  if (version <= 3) writer.int16(message.errorCode ?? 0);
  if (!(version <= 3) && (message.errorCode ?? 0) !== 0)
    writer.refuse('FindCoordinatorResponse.errorCode', version);
  if (version >= 1 && version <= 3)
    writer.nullableString(flexible, message.errorMessage === undefined ? '' : message.errorMessage);
  if (version <= 3) writer.int32(message.nodeId ?? 0);
  if (!(version <= 3) && (message.nodeId ?? 0) !== 0)
    writer.refuse('FindCoordinatorResponse.nodeId', version);
  if (version <= 3) writer.string(flexible, message.host ?? '');
  if (!(version <= 3) && (message.host ?? '') !== '') writer.refuse('FindCoordinatorResponse.host', version);
  if (version <= 3) writer.int32(message.port ?? 0);
  if (!(version <= 3) && (message.port ?? 0) !== 0) writer.refuse('FindCoordinatorResponse.port', version);
  if (version >= 4) writer.array(flexible, message.coordinators ?? [], encodeCoordinator, version);
  if (!(version >= 4) && (message.coordinators?.length ?? 0) > 0)
    writer.refuse('FindCoordinatorResponse.coordinators', version);
  if (flexible) writer.noTaggedFields();
}

function encodeCoordinator(writer: Writer, message: Coordinator, _version: number): void {
  writer.string(true, message.key);
  writer.int32(message.nodeId);
  writer.string(true, message.host);
  writer.int32(message.port);
  writer.int16(message.errorCode);
  writer.nullableString(true, message.errorMessage);
  writer.noTaggedFields();
}
