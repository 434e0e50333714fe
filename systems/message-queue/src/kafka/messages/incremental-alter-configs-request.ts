// IncrementalAlterConfigsRequest, versions 0 to 1, flexible from 1.
//
// Written by `npm run kafka-messages` from Apache Kafka's IncrementalAlterConfigsRequest.json (Apache License 2.0). Not to be edited.

import type { Reader } from '../wire/reader.ts';
import type { Writer } from '../wire/writer.ts';

export type IncrementalAlterConfigsRequest = {
  /** The incremental updates for each resource. */
  readonly resources: readonly AlterConfigsResource[];
  /** True if we should validate the request, but not change the configurations. */
  readonly validateOnly: boolean;
};

export type AlterConfigsResource = {
  /** The resource type. */
  readonly resourceType: number;
  /** The resource name. */
  readonly resourceName: string;
  /** The configurations. */
  readonly configs: readonly AlterableConfig[];
};

export type AlterableConfig = {
  /** The configuration key name. */
  readonly name: string;
  /** The type (Set, Delete, Append, Subtract) of operation. */
  readonly configOperation: number;
  /** The value to set for the configuration key. */
  readonly value: string | null;
};

export function decodeIncrementalAlterConfigsRequest(
  reader: Reader,
  version: number,
): IncrementalAlterConfigsRequest {
  const flexible = version >= 1;
  const resources = reader.array(flexible, decodeAlterConfigsResource, version);
  const validateOnly = reader.bool();
  if (flexible) reader.skipTaggedFields();
  return { resources, validateOnly };
}

function decodeAlterConfigsResource(reader: Reader, version: number): AlterConfigsResource {
  const flexible = version >= 1;
  const resourceType = reader.int8();
  const resourceName = reader.string(flexible);
  const configs = reader.array(flexible, decodeAlterableConfig, version);
  if (flexible) reader.skipTaggedFields();
  return { resourceType, resourceName, configs };
}

function decodeAlterableConfig(reader: Reader, version: number): AlterableConfig {
  const flexible = version >= 1;
  const name = reader.string(flexible);
  const configOperation = reader.int8();
  const value = reader.nullableString(flexible);
  if (flexible) reader.skipTaggedFields();
  return { name, configOperation, value };
}

export function encodeIncrementalAlterConfigsRequest(
  writer: Writer,
  message: IncrementalAlterConfigsRequest,
  version: number,
): void {
  const flexible = version >= 1;
  writer.array(flexible, message.resources, encodeAlterConfigsResource, version);
  writer.bool(message.validateOnly);
  if (flexible) writer.noTaggedFields();
}

function encodeAlterConfigsResource(writer: Writer, message: AlterConfigsResource, version: number): void {
  const flexible = version >= 1;
  writer.int8(message.resourceType);
  writer.string(flexible, message.resourceName);
  writer.array(flexible, message.configs, encodeAlterableConfig, version);
  if (flexible) writer.noTaggedFields();
}

function encodeAlterableConfig(writer: Writer, message: AlterableConfig, version: number): void {
  const flexible = version >= 1;
  writer.string(flexible, message.name);
  writer.int8(message.configOperation);
  writer.nullableString(flexible, message.value);
  if (flexible) writer.noTaggedFields();
}
