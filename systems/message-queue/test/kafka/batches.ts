// A record batch of message format 2 with a given number of bytes of records: only its header is right, which is all that
// the edge looks at.

export function testBatch({
  records = 1,
  payloadBytes = 100,
}: {
  records?: number;
  payloadBytes?: number;
} = {}): Buffer {
  const bytes = Buffer.alloc(61 + payloadBytes, 0x61);
  bytes.fill(0, 0, 61);
  bytes.writeInt32BE(bytes.length - 12, 8);
  bytes.writeInt8(2, 16);
  bytes.writeInt32BE(records - 1, 23);
  bytes.writeBigInt64BE(1_000n, 27);
  bytes.writeBigInt64BE(1_000n, 35);
  bytes.writeBigInt64BE(-1n, 43);
  bytes.writeInt16BE(-1, 51);
  bytes.writeInt32BE(-1, 53);
  bytes.writeInt32BE(records, 57);
  return bytes;
}
