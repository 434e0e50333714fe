// FindCoordinatorRequest, versions 0 to 6, flexible from 3.
//
// Written by `npm run kafka-messages` from Apache Kafka's FindCoordinatorRequest.json (Apache License 2.0). Not to be edited.

import { type Reader, readCompactString, readString } from '../wire/reader.ts';
import { type Writer, writeCompactString, writeString } from '../wire/writer.ts';

export type FindCoordinatorRequest = {
  /** The coordinator key. */
  readonly key: string;
  /** The coordinator key type. (group, transaction, share). */
  readonly keyType: number;
  /** The coordinator keys. */
  readonly coordinatorKeys: readonly string[];
};

export function decodeFindCoordinatorRequest(reader: Reader, version: number): FindCoordinatorRequest {
  const flexible = version >= 3;
  let key: FindCoordinatorRequest['key'] = '';
  if (version <= 3) key = reader.string(flexible);
  let keyType: FindCoordinatorRequest['keyType'] = 0;
  if (version >= 1) keyType = reader.int8();
  let coordinatorKeys: FindCoordinatorRequest['coordinatorKeys'] = [];
  if (version >= 4)
    coordinatorKeys = reader.array(flexible, flexible ? readCompactString : readString, version);
  if (flexible) reader.skipTaggedFields();
  return { key, keyType, coordinatorKeys };
}

export function encodeFindCoordinatorRequest(
  writer: Writer,
  message: FindCoordinatorRequest,
  version: number,
): void {
  const flexible = version >= 3;
  if (version <= 3) writer.string(flexible, message.key);
  if (!(version <= 3) && (message.key ?? '') !== '') writer.refuse('FindCoordinatorRequest.key', version);
  if (version >= 1) writer.int8(message.keyType);
  if (!(version >= 1) && (message.keyType ?? 0) !== 0)
    writer.refuse('FindCoordinatorRequest.keyType', version);
  if (version >= 4)
    writer.array(flexible, message.coordinatorKeys, flexible ? writeCompactString : writeString, version);
  if (!(version >= 4) && (message.coordinatorKeys?.length ?? 0) > 0)
    writer.refuse('FindCoordinatorRequest.coordinatorKeys', version);
  if (flexible) writer.noTaggedFields();
}
