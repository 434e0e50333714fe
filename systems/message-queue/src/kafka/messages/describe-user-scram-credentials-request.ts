// DescribeUserScramCredentialsRequest, versions 0 to 0, flexible from 0.
//
// Written by `npm run kafka-messages` from Apache Kafka's DescribeUserScramCredentialsRequest.json (Apache License 2.0). Not to be edited.

import type { Reader } from '../wire/reader.ts';
import type { Writer } from '../wire/writer.ts';

export type DescribeUserScramCredentialsRequest = {
  /** The users to describe, or null/empty to describe all users. */
  readonly users: readonly UserName[] | null;
};

export type UserName = {
  /** The user name. */
  readonly name: string;
};

export function decodeDescribeUserScramCredentialsRequest(
  reader: Reader,
  version: number,
): DescribeUserScramCredentialsRequest {
  const users = reader.nullableArray(true, decodeUserName, version);
  reader.skipTaggedFields();
  return { users };
}

function decodeUserName(reader: Reader, _version: number): UserName {
  const name = reader.string(true);
  reader.skipTaggedFields();
  return { name };
}

export function encodeDescribeUserScramCredentialsRequest(
  writer: Writer,
  message: DescribeUserScramCredentialsRequest,
  version: number,
): void {
  writer.nullableArray(true, message.users, encodeUserName, version);
  writer.noTaggedFields();
}

function encodeUserName(writer: Writer, message: UserName, _version: number): void {
  writer.string(true, message.name);
  writer.noTaggedFields();
}
