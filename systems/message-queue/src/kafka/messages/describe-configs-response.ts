// DescribeConfigsResponse, versions 1 to 4, flexible from 4.
//
// Written by `npm run kafka-messages` from Apache Kafka's DescribeConfigsResponse.json (Apache License 2.0). Not to be edited.

import type { Reader } from '../wire/reader.ts';
import type { Writer } from '../wire/writer.ts';

export type DescribeConfigsResponse = {
  /** The duration in milliseconds for which the request was throttled due to a quota violation, or zero if the request did not violate any quota. */
  readonly throttleTimeMs: number;
  /** The results for each resource. */
  readonly results: readonly DescribeConfigsResult[];
};

export type DescribeConfigsResult = {
  /** The error code, or 0 if we were able to successfully describe the configurations. */
  readonly errorCode: number;
  /** The error message, or null if we were able to successfully describe the configurations. */
  readonly errorMessage: string | null;
  /** The resource type. */
  readonly resourceType: number;
  /** The resource name. */
  readonly resourceName: string;
  /** Each listed configuration. */
  readonly configs: readonly DescribeConfigsResourceResult[];
};

export type DescribeConfigsResourceResult = {
  /** The configuration name. */
  readonly name: string;
  /** The configuration value. */
  readonly value: string | null;
  /** True if the configuration is read-only. */
  readonly readOnly: boolean;
  /** The configuration source. */
  readonly configSource?: number | undefined;
  /** True if this configuration is sensitive. */
  readonly isSensitive: boolean;
  /** The synonyms for this configuration key. */
  readonly synonyms: readonly DescribeConfigsSynonym[];
  /** The configuration data type. Type can be one of the following values - BOOLEAN, STRING, INT, SHORT, LONG, DOUBLE, LIST, CLASS, PASSWORD. */
  readonly configType?: number | undefined;
  /** The configuration documentation. */
  readonly documentation?: string | null | undefined;
};

export type DescribeConfigsSynonym = {
  /** The synonym name. */
  readonly name: string;
  /** The synonym value. */
  readonly value: string | null;
  /** The synonym source. */
  readonly source: number;
};

export function decodeDescribeConfigsResponse(reader: Reader, version: number): DescribeConfigsResponse {
  const flexible = version >= 4;
  const throttleTimeMs = reader.int32();
  const results = reader.array(flexible, decodeDescribeConfigsResult, version);
  if (flexible) reader.skipTaggedFields();
  return { throttleTimeMs, results };
}

function decodeDescribeConfigsResult(reader: Reader, version: number): DescribeConfigsResult {
  const flexible = version >= 4;
  const errorCode = reader.int16();
  const errorMessage = reader.nullableString(flexible);
  const resourceType = reader.int8();
  const resourceName = reader.string(flexible);
  const configs = reader.array(flexible, decodeDescribeConfigsResourceResult, version);
  if (flexible) reader.skipTaggedFields();
  return { errorCode, errorMessage, resourceType, resourceName, configs };
}

function decodeDescribeConfigsResourceResult(reader: Reader, version: number): DescribeConfigsResourceResult {
  const flexible = version >= 4;
  const name = reader.string(flexible);
  const value = reader.nullableString(flexible);
  const readOnly = reader.bool();
  const configSource = reader.int8();
  const isSensitive = reader.bool();
  const synonyms = reader.array(flexible, decodeDescribeConfigsSynonym, version);
  let configType: DescribeConfigsResourceResult['configType'] = 0;
  if (version >= 3) configType = reader.int8();
  let documentation: DescribeConfigsResourceResult['documentation'] = '';
  if (version >= 3) documentation = reader.nullableString(flexible);
  if (flexible) reader.skipTaggedFields();
  return { name, value, readOnly, configSource, isSensitive, synonyms, configType, documentation };
}

function decodeDescribeConfigsSynonym(reader: Reader, version: number): DescribeConfigsSynonym {
  const flexible = version >= 4;
  const name = reader.string(flexible);
  const value = reader.nullableString(flexible);
  const source = reader.int8();
  if (flexible) reader.skipTaggedFields();
  return { name, value, source };
}

export function encodeDescribeConfigsResponse(
  writer: Writer,
  message: DescribeConfigsResponse,
  version: number,
): void {
  const flexible = version >= 4;
  writer.int32(message.throttleTimeMs);
  writer.array(flexible, message.results, encodeDescribeConfigsResult, version);
  if (flexible) writer.noTaggedFields();
}

function encodeDescribeConfigsResult(writer: Writer, message: DescribeConfigsResult, version: number): void {
  const flexible = version >= 4;
  writer.int16(message.errorCode);
  writer.nullableString(flexible, message.errorMessage);
  writer.int8(message.resourceType);
  writer.string(flexible, message.resourceName);
  writer.array(flexible, message.configs, encodeDescribeConfigsResourceResult, version);
  if (flexible) writer.noTaggedFields();
}

function encodeDescribeConfigsResourceResult(
  writer: Writer,
  message: DescribeConfigsResourceResult,
  version: number,
): void {
  const flexible = version >= 4;
  writer.string(flexible, message.name);
  writer.nullableString(flexible, message.value);
  writer.bool(message.readOnly);
  writer.int8(message.configSource ?? -1);
  writer.bool(message.isSensitive);
  writer.array(flexible, message.synonyms, encodeDescribeConfigsSynonym, version);
  if (version >= 3) writer.int8(message.configType ?? 0);
  if (version >= 3)
    writer.nullableString(flexible, message.documentation === undefined ? '' : message.documentation);
  if (flexible) writer.noTaggedFields();
}

function encodeDescribeConfigsSynonym(
  writer: Writer,
  message: DescribeConfigsSynonym,
  version: number,
): void {
  const flexible = version >= 4;
  writer.string(flexible, message.name);
  writer.nullableString(flexible, message.value);
  writer.int8(message.source);
  if (flexible) writer.noTaggedFields();
}
