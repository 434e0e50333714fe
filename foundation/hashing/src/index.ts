export { BloomFilter, type BloomFilterOptions, InvalidBloomFilter } from './bloom-filter.ts';
export {
  type Checksum,
  type ChecksumAlgorithm,
  checksumAlgorithms,
  checksumOf,
  crc32Digest,
  crc64Digest,
  createChecksum,
} from './checksum.ts';
export { type CrcAlgorithm, combineCrc, isCrc } from './combine-crc.ts';
export { crc32, crc32c, crc64nvme } from './crc.ts';
export { crc32cSeed } from './crc32c-seed.ts';
export { HashRing, type HashRingOptions, type RingNode } from './hash-ring.ts';
export { equalDigest, hmacSha256, hmacSha256Hex } from './hmac-sha256.ts';
export { ScratchBuffer } from './scratch-buffer.ts';
