// Requests as bytes: `uint32 length, byte type, uint32 id`, then fields. A string is `uint32 length` and bytes.
//
// What is long (the bytes of a write) is not copied: a request is its head, and what follows the head.

import { attributeFlags, packetTypes, protocolVersion } from './sftp-protocol.ts';

export type RequestField =
  | { readonly uint32: number }
  | { readonly uint64: number }
  | { readonly text: string }
  | { readonly bytes: Uint8Array }
  /** The permissions of a new file or folder; `undefined` leaves them to the server. */
  | { readonly permissions: number | undefined };

export type SftpRequest = {
  readonly type: keyof typeof packetTypes;
  readonly fields: readonly RequestField[];
  /** A last string, sent as it is. */
  readonly payload?: Uint8Array;
};

export function encodeInit(): Buffer {
  const packet = Buffer.alloc(9);
  packet.writeUInt32BE(5, 0);
  packet.writeUInt8(packetTypes.init, 4);
  packet.writeUInt32BE(protocolVersion, 5);
  return packet;
}

/** All of the packet but its payload. */
export function encodeRequest(id: number, request: SftpRequest): Buffer {
  const { fields, payload } = request;
  const fieldsBytes = fields.reduce((sum, field) => sum + sizeOf(field), 0);
  const payloadHead = payload === undefined ? 0 : 4;
  const head = Buffer.allocUnsafe(9 + fieldsBytes + payloadHead);
  head.writeUInt32BE(head.length - 4 + (payload?.length ?? 0), 0);
  head.writeUInt8(packetTypes[request.type], 4);
  head.writeUInt32BE(id, 5);
  let at = 9;
  for (const field of fields) at = writeField(head, at, field);
  if (payload !== undefined) head.writeUInt32BE(payload.length, at);
  return head;
}

function sizeOf(field: RequestField): number {
  if ('uint32' in field) return 4;
  if ('uint64' in field) return 8;
  if ('text' in field) return 4 + Buffer.byteLength(field.text);
  if ('bytes' in field) return 4 + field.bytes.length;
  return field.permissions === undefined ? 4 : 8;
}

function writeField(into: Buffer, at: number, field: RequestField): number {
  if ('uint32' in field) return into.writeUInt32BE(field.uint32, at);
  if ('uint64' in field) return into.writeBigUInt64BE(BigInt(field.uint64), at);
  if ('text' in field) {
    const length = into.write(field.text, at + 4);
    into.writeUInt32BE(length, at);
    return at + 4 + length;
  }
  if ('bytes' in field) {
    into.writeUInt32BE(field.bytes.length, at);
    into.set(field.bytes, at + 4);
    return at + 4 + field.bytes.length;
  }
  if (field.permissions === undefined) return into.writeUInt32BE(0, at);
  return into.writeUInt32BE(field.permissions, into.writeUInt32BE(attributeFlags.permissions, at));
}
