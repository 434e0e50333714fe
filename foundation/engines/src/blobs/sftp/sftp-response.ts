// Answers of a server, out of the bytes of one packet (without its length). Everything in them is checked: a server may be
// broken or hostile, and a wrong length must not become a wrong read or a large allocation.

import { attributeFlags, packetTypes } from './sftp-protocol.ts';

export type SftpResponse =
  | { readonly kind: 'status'; readonly id: number; readonly code: number; readonly message: string }
  | { readonly kind: 'handle'; readonly id: number; readonly handle: Uint8Array }
  | { readonly kind: 'data'; readonly id: number; readonly bytes: Uint8Array }
  | { readonly kind: 'name'; readonly id: number; readonly entries: readonly SftpEntry[] }
  | { readonly kind: 'attrs'; readonly id: number; readonly attributes: SftpAttributes }
  | { readonly kind: 'extendedReply'; readonly id: number; readonly bytes: Uint8Array };

export type SftpEntry = {
  /** One character for each byte. */
  readonly name: string;
  readonly attributes: SftpAttributes;
};
/** Times are whole seconds in version 3. Undefined: the server does not tell. */
export type SftpAttributes = {
  readonly sizeBytes: number | undefined;
  readonly mode: number | undefined;
  readonly modifiedSeconds: number | undefined;
};

export type SftpVersion = { readonly version: number; readonly extensions: ReadonlyMap<string, string> };

/** A packet that is none: the connection cannot go on. */
export class InvalidPacket extends Error {
  constructor(detail: string) {
    super(`could not read a packet of the SFTP server: ${detail}`);
    this.name = 'InvalidPacket';
  }
}

/** The first packet of a server. Throws `InvalidPacket`. */
export function decodeVersion(packet: Uint8Array): SftpVersion {
  const reader = new PacketReader(packet);
  const type = reader.byte();
  if (type !== packetTypes.version) throw new InvalidPacket(`wanted its version, got type ${type}`);
  const version = reader.uint32();
  const extensions = new Map<string, string>();
  while (reader.remaining > 0) extensions.set(reader.text('latin1'), reader.text('latin1'));
  return { version, extensions };
}

/** Throws `InvalidPacket`. Bytes in the response are views of the packet. */
export function decodeResponse(packet: Uint8Array): SftpResponse {
  const reader = new PacketReader(packet);
  const type = reader.byte();
  const id = reader.uint32();
  return decodeBody(type, id, reader);
}

function decodeBody(type: number, id: number, reader: PacketReader): SftpResponse {
  switch (type) {
    case packetTypes.status:
      // Some old servers leave out the message.
      return {
        kind: 'status',
        id,
        code: reader.uint32(),
        message: reader.remaining > 0 ? reader.text('utf8') : '',
      };
    case packetTypes.handle:
      return { kind: 'handle', id, handle: reader.bytes() };
    case packetTypes.data:
      return { kind: 'data', id, bytes: reader.bytes() };
    case packetTypes.name:
      return { kind: 'name', id, entries: decodeEntries(reader) };
    case packetTypes.attrs:
      return { kind: 'attrs', id, attributes: decodeAttributes(reader) };
    case packetTypes.extendedReply:
      return { kind: 'extendedReply', id, bytes: reader.rest() };
    default:
      throw new InvalidPacket(`its type is ${type}`);
  }
}

function decodeEntries(reader: PacketReader): readonly SftpEntry[] {
  const count = reader.uint32();
  if (count * entryBytesMin > reader.remaining) throw new InvalidPacket(`${count} names do not fit into it`);
  const entries: SftpEntry[] = [];
  for (let index = 0; index < count; index++) {
    const name = reader.text('latin1');
    reader.bytes(); // as `ls -l` would print it
    entries.push({ name, attributes: decodeAttributes(reader) });
  }
  return entries;
}

function decodeAttributes(reader: PacketReader): SftpAttributes {
  const flags = reader.uint32();
  const sizeBytes = flags & attributeFlags.size ? reader.uint64() : undefined;
  if (flags & attributeFlags.owner) reader.skip(8);
  const mode = flags & attributeFlags.permissions ? reader.uint32() : undefined;
  if (flags & attributeFlags.times) reader.skip(4);
  const modifiedSeconds = flags & attributeFlags.times ? reader.uint32() : undefined;
  if (flags & attributeFlags.extended) skipExtended(reader);
  return { sizeBytes, mode, modifiedSeconds };
}

function skipExtended(reader: PacketReader): void {
  const count = reader.uint32();
  for (let index = 0; index < count; index++) {
    reader.bytes();
    reader.bytes();
  }
}

/** Reads fields from a packet; every read beyond its end is an `InvalidPacket`. */
export class PacketReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get remaining(): number {
    return this.#bytes.length - this.#at;
  }

  byte(): number {
    return this.#bytes[this.#take(1)]!;
  }

  uint32(): number {
    return this.#bytes.readUInt32BE(this.#take(4));
  }

  /** Of a size or a limit, which no server means to be above 2^53. */
  uint64(): number {
    const value = this.#bytes.readBigUInt64BE(this.#take(8));
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new InvalidPacket(`it counts to ${value}`);
    return Number(value);
  }

  bytes(): Uint8Array {
    const length = this.uint32();
    const start = this.#take(length);
    return this.#bytes.subarray(start, start + length);
  }

  text(encoding: 'latin1' | 'utf8'): string {
    const length = this.uint32();
    const start = this.#take(length);
    return this.#bytes.toString(encoding, start, start + length);
  }

  rest(): Uint8Array {
    return this.#bytes.subarray(this.#take(this.remaining));
  }

  skip(length: number): void {
    this.#take(length);
  }

  #take(length: number): number {
    if (length > this.remaining)
      throw new InvalidPacket(`it ends ${length - this.remaining} bytes too early`);
    const start = this.#at;
    this.#at += length;
    return start;
  }
}

/** Two empty strings and flags. */
const entryBytesMin = 12;
