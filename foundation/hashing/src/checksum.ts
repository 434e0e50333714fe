// Checksums by name, whole or in pieces. Which implementation stands behind each name was measured: see README.md.

/** An incremental checksum; `digest` may be called once. Digests are big-endian, as S3 writes them in base64. */
export type Checksum = {
  update(bytes: Uint8Array): void;
  digest(): Buffer;
};

export const checksumAlgorithms = {
  crc32: { bytes: 4 },
  crc32c: { bytes: 4 },
  crc64nvme: { bytes: 8 },
  md5: { bytes: 16 },
  sha1: { bytes: 20 },
  sha256: { bytes: 32 },
} as const satisfies Record<string, { bytes: number }>;

export type ChecksumAlgorithm = keyof typeof checksumAlgorithms;
