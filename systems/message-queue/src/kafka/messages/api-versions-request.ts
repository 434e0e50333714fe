// ApiVersionsRequest, versions 0 to 4, flexible from 3.
//
// Written by `npm run kafka-messages` from Apache Kafka's ApiVersionsRequest.json (Apache License 2.0). Not to be edited.

import type { Reader } from '../wire/reader.ts';
import type { Writer } from '../wire/writer.ts';

export type ApiVersionsRequest = {
  /** The name of the client. */
  readonly clientSoftwareName: string;
  /** The version of the client. */
  readonly clientSoftwareVersion: string;
};

export function decodeApiVersionsRequest(reader: Reader, version: number): ApiVersionsRequest {
  const flexible = version >= 3;
  let clientSoftwareName: ApiVersionsRequest['clientSoftwareName'] = '';
  if (version >= 3) clientSoftwareName = reader.string(flexible);
  let clientSoftwareVersion: ApiVersionsRequest['clientSoftwareVersion'] = '';
  if (version >= 3) clientSoftwareVersion = reader.string(flexible);
  if (flexible) reader.skipTaggedFields();
  return { clientSoftwareName, clientSoftwareVersion };
}

export function encodeApiVersionsRequest(writer: Writer, message: ApiVersionsRequest, version: number): void {
  const flexible = version >= 3;
  if (version >= 3) writer.string(flexible, message.clientSoftwareName);
  if (version >= 3) writer.string(flexible, message.clientSoftwareVersion);
  if (flexible) writer.noTaggedFields();
}
