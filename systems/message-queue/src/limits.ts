// Every constant of message-queue, with its unit, and how they depend on each other.

/** Of a record batch before its records: Kafka's message format 2. */
export const batchHeaderBytes = 61;

/** Of a segment's log between two entries of its index: what a read from an offset reads too much at most. */
export const indexedEveryBytes = 64 * 1_024;
/** Indexes of sealed segments that all partitions keep in memory together: 0.4 MB each for a segment of 1 GiB. */
export const indexesMax = 64;
/** What one disk read of a fetch reads at most; a larger batch is read whole. */
export const readBytesMax = 1_024 * 1_024;
/** Batches that wait for the disk together are given to the log at once up to these. */
export const gatheredBytesMax = 8 * 1_024 * 1_024;
/** So much is appended at most between two checkpoints: what a start after a crash reads of a partition. */
export const checkpointEveryBytes = 64 * 1_024 * 1_024;
/** Readers of a partition whose place is remembered. */
export const continuationsMax = 64;
/** Of the records of one batch, unpacked. */
export const unpackedBytesMax = 256 * 1_024 * 1_024;
/** How long an idempotent producer that writes nothing is remembered: `producer.id.expiration.ms` of Kafka. */
export const producerExpirationMs = 24 * 60 * 60 * 1_000;
