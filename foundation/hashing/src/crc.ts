// The cyclic redundancy checks of storage protocols: CRC-32 (ISO-HDLC), CRC-32C (Castagnoli, RFC 3720 B.4) and
// CRC-64/NVME (NVM Express Base Specification 1.0, 5.2.1.3.4).
//
// All three are incremental the same way: the CRC of A followed by B is `crc(B, crc(A))`, and the CRC of nothing is 0.
// Why these implementations: README.md has the measurements.

import { crc32 as nativeCrc32, crc32c as nativeCrc32c } from '@node-rs/crc32';
import { crc32cTable } from './crc32c-table.ts';
import { WasmHash } from './wasm-hash.ts';

/** CRC-32 as in zlib, gzip and PNG; unsigned. `initial` is the CRC of the bytes before these. */
export function crc32(bytes: Uint8Array, initial = 0): number {
  return nativeCrc32(bytes, initial);
}

/** CRC-32C; unsigned. `initial` is the CRC of the bytes before these. */
export function crc32c(bytes: Uint8Array, initial = 0): number {
  return bytes.length > shortBytesMax ? nativeCrc32c(bytes, initial) : shortCrc32c(bytes, initial);
}

/** Of a header the call into native code takes longer than going through its bytes. */
const shortBytesMax = 32;

function shortCrc32c(bytes: Uint8Array, initial: number): number {
  let register = ~initial;
  for (let at = 0; at < bytes.length; at++)
    register = crc32cTable[(register ^ bytes[at]!) & 0xff]! ^ (register >>> 8);
  return ~register >>> 0;
}

/** CRC-64/NVME, Amazon S3's default checksum; unsigned. `initial` is the CRC of the bytes before these. */
export function crc64nvme(bytes: Uint8Array, initial = 0n): bigint {
  if (initial === 0n) crc64Hasher.init();
  else crc64Hasher.load(stateOf(initial));
  return crc64Hasher.update(bytes).digest().readBigUInt64BE();
}

// One WebAssembly instance serves every caller. Its state is the CRC so far, little-endian, so that continuing from a CRC means
// loading such a state.
function stateOf(crc: bigint): Uint8Array {
  crc64State.writeBigUInt64LE(crc);
  return crc64State;
}

const nvmePolynomialReflected = 0x9a6c9329ac4bc9b5n;
const crc64Seed = Buffer.alloc(8);
crc64Seed.writeBigUInt64LE(nvmePolynomialReflected);
const crc64Hasher = new WasmHash({ file: 'crc64.umd.min.js', digestBytes: 8, seed: crc64Seed });
const crc64State = Buffer.alloc(8);
