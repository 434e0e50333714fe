// DescribeClusterResponse, versions 0 to 2, flexible from 0.
//
// Written by `npm run kafka-messages` from Apache Kafka's DescribeClusterResponse.json (Apache License 2.0). Not to be edited.

import type { Reader } from '../wire/reader.ts';
import type { Writer } from '../wire/writer.ts';

export type DescribeClusterResponse = {
  /** The duration in milliseconds for which the request was throttled due to a quota violation, or zero if the request did not violate any quota. */
  readonly throttleTimeMs: number;
  /** The top-level error code, or 0 if there was no error. */
  readonly errorCode: number;
  /** The top-level error message, or null if there was no error. */
  readonly errorMessage?: string | null | undefined;
  /** The endpoint type that was described. 1=brokers, 2=controllers. */
  readonly endpointType?: number | undefined;
  /** The cluster ID that responding broker belongs to. */
  readonly clusterId: string;
  /** The ID of the controller. When handled by a controller, returns the current voter leader ID. When handled by a broker, returns a random alive broker ID as a fallback. */
  readonly controllerId?: number | undefined;
  /** Each broker in the response. */
  readonly brokers: readonly DescribeClusterBroker[];
  /** 32-bit bitfield to represent authorized operations for this cluster. */
  readonly clusterAuthorizedOperations?: number | undefined;
};

export type DescribeClusterBroker = {
  /** The broker ID. */
  readonly brokerId: number;
  /** The broker hostname. */
  readonly host: string;
  /** The broker port. */
  readonly port: number;
  /** The rack of the broker, or null if it has not been assigned to a rack. */
  readonly rack?: string | null | undefined;
  /** Whether the broker is fenced */
  readonly isFenced?: boolean | undefined;
};

export function decodeDescribeClusterResponse(reader: Reader, version: number): DescribeClusterResponse {
  const throttleTimeMs = reader.int32();
  const errorCode = reader.int16();
  const errorMessage = reader.nullableString(true);
  let endpointType: DescribeClusterResponse['endpointType'] = 1;
  if (version >= 1) endpointType = reader.int8();
  const clusterId = reader.string(true);
  const controllerId = reader.int32();
  const brokers = reader.array(true, decodeDescribeClusterBroker, version);
  const clusterAuthorizedOperations = reader.int32();
  reader.skipTaggedFields();
  return {
    throttleTimeMs,
    errorCode,
    errorMessage,
    endpointType,
    clusterId,
    controllerId,
    brokers,
    clusterAuthorizedOperations,
  };
}

function decodeDescribeClusterBroker(reader: Reader, version: number): DescribeClusterBroker {
  const brokerId = reader.int32();
  const host = reader.string(true);
  const port = reader.int32();
  const rack = reader.nullableString(true);
  let isFenced: DescribeClusterBroker['isFenced'] = false;
  if (version >= 2) isFenced = reader.bool();
  reader.skipTaggedFields();
  return { brokerId, host, port, rack, isFenced };
}

export function encodeDescribeClusterResponse(
  writer: Writer,
  message: DescribeClusterResponse,
  version: number,
): void {
  writer.int32(message.throttleTimeMs);
  writer.int16(message.errorCode);
  writer.nullableString(true, message.errorMessage ?? null);
  if (version >= 1) writer.int8(message.endpointType ?? 1);
  if (!(version >= 1) && (message.endpointType ?? 1) !== 1)
    writer.refuse('DescribeClusterResponse.endpointType', version);
  writer.string(true, message.clusterId);
  writer.int32(message.controllerId ?? -1);
  writer.array(true, message.brokers, encodeDescribeClusterBroker, version);
  writer.int32(message.clusterAuthorizedOperations ?? -2147483648);
  writer.noTaggedFields();
}

function encodeDescribeClusterBroker(writer: Writer, message: DescribeClusterBroker, version: number): void {
  writer.int32(message.brokerId);
  writer.string(true, message.host);
  writer.int32(message.port);
  writer.nullableString(true, message.rack ?? null);
  if (version >= 2) writer.bool(message.isFenced ?? false);
  if (!(version >= 2) && (message.isFenced ?? false) !== false)
    writer.refuse('DescribeClusterBroker.isFenced', version);
  writer.noTaggedFields();
}
