// The cyclic redundancy checks of storage protocols: CRC-32 (ISO-HDLC), CRC-32C (Castagnoli, RFC 3720 B.4) and
// CRC-64/NVME (NVM Express Base Specification 1.0, 5.2.1.3.4).
//
// All three are incremental the same way: the CRC of A followed by B is `crc(B, crc(A))`, and the CRC of nothing is 0.
// Why these implementations: README.md has the measurements.

import { createRequire } from 'node:module';
import { crc32 as nativeCrc32, crc32c as nativeCrc32c } from '@node-rs/crc32';

/** CRC-32 as in zlib, gzip and PNG; unsigned. `initial` is the CRC of the bytes before these. */
export function crc32(bytes: Uint8Array, initial = 0): number {
  return nativeCrc32(bytes, initial);
}

/** CRC-32C; unsigned. `initial` is the CRC of the bytes before these. */
export function crc32c(bytes: Uint8Array, initial = 0): number {
  return nativeCrc32c(bytes, initial);
}

/** CRC-64/NVME, Amazon S3's default checksum; unsigned. `initial` is the CRC of the bytes before these. */
export function crc64nvme(bytes: Uint8Array, initial = 0n): bigint {
  if (initial === 0n) crc64Hasher.init();
  else crc64Hasher.load(stateOf(initial));
  const digest = crc64Hasher.update(bytes).digest('binary');
  return new DataView(digest.buffer, digest.byteOffset).getBigUint64(0);
}

// One WebAssembly instance serves every caller. Its saved state is a fingerprint of its code and then the CRC so far,
// little-endian, so that continuing from a CRC means loading such a state.
function stateOf(crc: bigint): Uint8Array {
  crc64State.writeBigUInt64LE(crc, crc64State.length - 8);
  return crc64State;
}

// Its own file: the package's index holds every algorithm there is, 280 KB of source.
const { createCRC64 } = createRequire(import.meta.url)(
  'hash-wasm/dist/crc64.umd.min.js',
) as typeof import('hash-wasm');

const nvmePolynomialReflected = '9a6c9329ac4bc9b5';
const crc64Hasher = await createCRC64(nvmePolynomialReflected);
const crc64State = Buffer.from(crc64Hasher.save());
