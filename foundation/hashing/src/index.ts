export { type Checksum, type ChecksumAlgorithm, checksumAlgorithms } from './checksum.ts';
