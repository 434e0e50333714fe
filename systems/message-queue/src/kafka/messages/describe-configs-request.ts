// DescribeConfigsRequest, versions 1 to 4, flexible from 4.
//
// Written by `npm run kafka-messages` from Apache Kafka's DescribeConfigsRequest.json (Apache License 2.0). Not to be edited.

import { type Reader, readCompactString, readString } from '../wire/reader.ts';
import { type Writer, writeCompactString, writeString } from '../wire/writer.ts';

export type DescribeConfigsRequest = {
  /** The resources whose configurations we want to describe. */
  readonly resources: readonly DescribeConfigsResource[];
  /** True if we should include all synonyms. */
  readonly includeSynonyms: boolean;
  /** True if we should include configuration documentation. */
  readonly includeDocumentation: boolean;
};

export type DescribeConfigsResource = {
  /** The resource type. */
  readonly resourceType: number;
  /** The resource name. */
  readonly resourceName: string;
  /** The configuration keys to list, or null to list all configuration keys. */
  readonly configurationKeys: readonly string[] | null;
};

export function decodeDescribeConfigsRequest(reader: Reader, version: number): DescribeConfigsRequest {
  const flexible = version >= 4;
  const resources = reader.array(flexible, decodeDescribeConfigsResource, version);
  const includeSynonyms = reader.bool();
  let includeDocumentation: DescribeConfigsRequest['includeDocumentation'] = false;
  if (version >= 3) includeDocumentation = reader.bool();
  if (flexible) reader.skipTaggedFields();
  return { resources, includeSynonyms, includeDocumentation };
}

function decodeDescribeConfigsResource(reader: Reader, version: number): DescribeConfigsResource {
  const flexible = version >= 4;
  const resourceType = reader.int8();
  const resourceName = reader.string(flexible);
  const configurationKeys = reader.nullableArray(
    flexible,
    flexible ? readCompactString : readString,
    version,
  );
  if (flexible) reader.skipTaggedFields();
  return { resourceType, resourceName, configurationKeys };
}

export function encodeDescribeConfigsRequest(
  writer: Writer,
  message: DescribeConfigsRequest,
  version: number,
): void {
  const flexible = version >= 4;
  writer.array(flexible, message.resources, encodeDescribeConfigsResource, version);
  writer.bool(message.includeSynonyms);
  if (version >= 3) writer.bool(message.includeDocumentation);
  if (!(version >= 3) && (message.includeDocumentation ?? false) !== false)
    writer.refuse('DescribeConfigsRequest.includeDocumentation', version);
  if (flexible) writer.noTaggedFields();
}

function encodeDescribeConfigsResource(
  writer: Writer,
  message: DescribeConfigsResource,
  version: number,
): void {
  const flexible = version >= 4;
  writer.int8(message.resourceType);
  writer.string(flexible, message.resourceName);
  writer.nullableArray(
    flexible,
    message.configurationKeys,
    flexible ? writeCompactString : writeString,
    version,
  );
  if (flexible) writer.noTaggedFields();
}
