// Every constant of message-queue, with its unit, and how they depend on each other.

import assert from 'node:assert/strict';

const bytesPerKiB = 2 ** 10;
export const bytesPerMiB = 2 ** 20;

/** Free space that appends leave to what makes room, and to starts. Settable: `message-queue.reserveBytes`. */
export const reserveBytesDefault = 256 * bytesPerMiB;
/** Room for starts and for what makes room, which nobody else can take: a part of what producers leave free, and at most so much. */
export const sparePartOfReserve = 1 / 16;
export const spareBytesMax = 4 * bytesPerMiB;
/** Less is not worth it. */
export const spareBytesMin = bytesPerMiB / 8;
/** What it leaves to the rest of the broker where there is less than is kept free. */
export const spareLeftFreeBytes = bytesPerMiB / 4;
/** Between two looks whether it is there, and could be. */
export const spareLookedForEveryMs = 10_000;
/** It is written in pieces of so much. */
export const sparePieceBytes = bytesPerMiB;
const dayMs = 24 * 60 * 60 * 1_000;

/** Of a record batch before its records: Kafka's message format 2. */
export const batchHeaderBytes = 61;

/** Of the records that a batch is refused for, those that its producer is told of. */
export const recordFaultsMax = 10_000;
/** Of a record without key, value and headers: seven numbers of one byte. */
export const recordBytesMin = 7;
/** Of a segment's log between two entries of its index: what a read from an offset reads too much at most. */
export const indexedEveryBytes = 64 * 1_024;
/** Indexes of sealed segments that all partitions keep in memory together: 0.4 MB each for a segment of 1 GiB. */
export const indexesMax = 64;
/** What one disk read of a fetch reads at most; a larger batch is read whole. */
export const readBytesMax = 1_024 * 1_024;
/** Of what was appended last: up to here it is read on the loop, where memory has it. */
export const tailBytesMax = 64 * bytesPerKiB;
/** Of one read, while its segments are replaced or removed. */
export const readAttemptsMax = 10;
/** A batch file is written in pieces of so much. */
export const batchFilePieceBytes = 1_024 * 1_024;
/** So much is written beside a sync under way; what is less waits for its end, to be written with what comes meanwhile. */
export const heldBackBytesMax = 64 * 1_024;
/** Batches that wait for the disk together are given to the log at once up to these. */
export const gatheredBytesMax = 8 * 1_024 * 1_024;
/** So much is appended at most between two checkpoints: what a start after a crash reads of a partition. */
export const checkpointEveryBytes = 64 * 1_024 * 1_024;
/** Readers of a partition whose place is remembered. */
export const continuationsMax = 64;
/** Of the records of one batch, unpacked. */
export const unpackedBytesMax = 256 * 1_024 * 1_024;
/** Of what is unpacked for all clients at the same time: what they ask for waits above it. */
export const unpackingBytesMax = 512 * 1_024 * 1_024;
/** How long an idempotent producer that writes nothing is remembered: `producer.id.expiration.ms` of Kafka. */
export const producerExpirationMs = 24 * 60 * 60 * 1_000;

// Compaction.

/** Of a pass: the last offset of each key that it met, 24 bytes a key at 3/4 of the places. */
export const compactionMapBytes = 48 * bytesPerMiB;
/** Read and written by compaction. */
export const compactionBytesPerSecond = 64 * bytesPerMiB;
/** Of the event loop, before others get their turn; a record is looked at within it. */
export const compactionTurnMs = 4;
/** Records between two looks at the clock. */
export const compactionStride = 64;
/** Between two rounds through the partitions of compacted topics: `log.cleaner.backoff.ms` of Kafka. */
export const compactionEveryMs = 15_000;
/** Before a partition whose pass failed is tried again; twice as long each time, as a pass may have read much by then. */
export const compactionRestMs = { min: compactionEveryMs, max: 600_000 } as const;

// Topics.

export const topicNameCharactersMax = 249;
/** Of all topics together: each that is used has files open. */
export const partitionsMaxDefault = 10_000;
export const partitionsPerTopicDefault = 1;
export const retentionMsDefault = 14 * dayMs;

/** Until files of a deleted topic that could not be removed are tried again. */
export const topicFilesRetryMs = 60_000;
/** The same of a deleted queue. */
export const queueFilesRetryMs = 60_000;
// Delayed messages.

/** Until their store, which could not be opened at the start, is tried again. */
export const delayStoreRetryMs = 20_000;
export const delayMsMaxDefault = 14 * dayMs;
export const retryDelaysMax = 100;
/** Of one batch of a topic with delays, unpacked: its records are in memory until they are in the store. */
export const delayedBatchBytesMax = 32 * bytesPerMiB;
/** Of one batch: records of nothing take hundreds of bytes once they are unpacked, and time. */
export const delayedBatchRecordsMax = 100_000;
/** What a partition takes in at once, and how many partitions do so side by side: 4 times 40 MiB at most. */
export const takenInBytesMax = 8 * bytesPerMiB;
export const takingInMax = 4;
/** Of a batch of what is due. */
export const deliveredRecordsMax = 500;
export const deliveredBytesMax = 1 * bytesPerMiB;
/** Partitions that are delivered to side by side: each has a batch in memory. */
export const deliveriesMax = 16;
/** Between looks at the clock at most: a jump ahead is noticed after it. */
export const delayTickMsMax = 250;
/** Between attempts to deliver while a disk fails: at first, and at most. */
export const deliveryRetryMs = { min: 100, max: 30_000 } as const;
/** Rows of a deleted topic that one transaction removes. */
export const forgottenRowsMax = 1_000;
/** Between removals of notes of batches that nobody repeats any more. */
export const noteSweepMs = 60 * 60 * 1_000;
/** Batches without records that one read passes over. */
export const emptyBatchesMax = 100_000;

// The Kafka server.

/** Of a request, as Kafka's `socket.request.max.bytes`. */
export const frameBytesMaxDefault = 100 * bytesPerMiB;
/** Of a request of who did not log in yet, as Kafka's `sasl.server.max.receive.size`. */
export const strangerFrameBytesMax = 512 * bytesPerKiB;
/** What all connections that are not in a frame of their own receive into. */
export const sharedReceiveBytes = 64 * bytesPerKiB;
/** Frames from here to there are received into buffers that are used again. */
export const pooledFrameBytesMin = 64 * bytesPerKiB;
export const pooledFrameBytesMax = 2 * bytesPerMiB;
/** Of a frame of which no more has come: a length alone gets no more memory. */
export const firstFrameBytes = 4 * bytesPerKiB;
/** While others wait for memory: until the bytes of a frame that has all of its own are expected, and how many come in a second at least. */
export const frameGraceMs = 30_000;
export const frameBytesPerSecondMin = 64 * bytesPerKiB;
/** Reads of fetches from here to there are made into buffers that are used again. */
export const pooledReadBytesMin = 64 * bytesPerKiB;
export const pooledReadBytesMax = 2 * bytesPerMiB;
/** Of those that are free, together. */
export const freeReadBytesMax = 32 * bytesPerMiB;
/** Of free frame buffers, together. */
export const freeFrameBytesMax = 64 * bytesPerMiB;
/** Of requests that were received and are not answered, of all connections: no frame gets its memory above it. */
export const requestBytesMax = 512 * bytesPerMiB;
/** Of one connection: what it sent and has no answer to. Two of the largest usual batches of a producer fit. */
export const connectionRequestsMax = 64;
export const connectionRequestBytesMax = 32 * bytesPerMiB;
/** Answers that the client did not take yet: above it none of its requests is begun. */
export const unsentBytesMax = 1 * bytesPerMiB;
export const connectionsMaxDefault = 10_000;
/** As Kafka's `connections.max.idle.ms`. */
export const connectionIdleMsDefault = 10 * 60 * 1_000;
/** In which who has to log in has done it. */
export const loginTimeoutMs = 30_000;
/** Between looks at the time of connections. */
export const connectionTickMs = 5_000;
/** Of the event loop, for requests of all connections; others get their turn then. */
export const turnBudgetMs = 5;

// Fetching.

/** As Kafka's `fetch.max.bytes` of a broker. */
export const fetchBytesMax = 55 * bytesPerMiB;
/** Of all fetches together: read, and not taken by their clients. */
export const fetchAnswerBytesMax = 512 * bytesPerMiB;
/** No fetch waits longer, whatever it asks for. */
export const fetchWaitMsMax = 5 * 60 * 1_000;
export const fetchSessionsMax = 1_000;
/** Of all sessions together. */
export const fetchSessionPartitionsMax = 1_000_000;
/** A session that was not used for so long makes room for a new one. */
export const fetchSessionIdleMs = 2 * 60 * 1_000;

// Filters of groups.

/** Of an expression, and how deep it may be nested: it is held against every record. */
export const filterCharactersMax = 2_000;
export const filterDepthMax = 32;
/** Of one record: with more of either it is not filtered. */
export const filterHeadersMax = 1_000;
export const filterTagBytesMax = 4_096;
/** Groups whose members are looked at in one turn when the first filter comes. */
export const filterGroupsPerTurn = 100;
/** Groups that have configurations: they are in memory. */
export const configuredGroupsMax = 100_000;
/** Of one batch, unpacked: a larger one is not filtered. */
export const filteredUnpackedBytesMax = 32 * bytesPerMiB;
/** Of records, unpacked, that one fetch looks at, all its partitions together; then it answers how far it came. */
export const filterLookedAtBytesMax = 8 * bytesPerMiB;
/** What it reads at once. */
export const filterReadBytes = 256 * bytesPerKiB;
/** Of the event loop, for all filters together; and the records between two looks at the clock. */
export const filterTurnMs = 4;
export const filterStride = 64;

// Security.

/** Of SCRAM: what RFC 7677 wants at least, and Kafka has. */
export const scramIterations = 4_096;
/** How long a decision about a client is believed. */
export const decisionLifetimeMs = 1_000;
export const decisionsPerConnectionMax = 1_000;

/** How long it is believed what a user may describe of the topics that an expression of a consumer group matches. */
export const describedTopicsLifetimeMs = 30_000;

// Tiered storage: segments in the blobs engine.

/** What one call reads of a blob, and how many such pieces are kept, of all partitions together. */
export const remoteChunkBytes = 4 * bytesPerMiB;
export const remoteChunksMax = 16;
/** They are forgotten when nobody reads any for so long. */
export const remoteChunkIdleMs = 60_000;
/** Calls that read at the same time. */
export const remoteReadsMax = 8;
/** How long a fetch waits for the blobs engine: its client's other partitions wait with it. */
export const remoteWaitMsMax = 5_000;
/** A call in which nothing moves for so long has failed. */
export const remoteCallMsMax = 30_000;
/** The same of one that stores: an engine takes tens of MiB at once, over a line that may be slow. */
export const remotePutMsMax = 5 * 60_000;
/** How long a call that is ended may take to end. */
export const remoteEndingMsMax = 5_000;
/** After a failed read others are refused at once for so long: at first, and at most. */
export const remoteRestMs = { min: 500, max: 30_000 } as const;

/** Blobs that are remembered as missing, so that each is told once. */
export const missingBlobsMax = 1_000;
/** Of segments that are moved, together. */
export const remoteCopyBytesPerSecondDefault = 64 * bytesPerMiB;
/** Between two looks for blobs that nothing knows of. */
export const remoteSweepEveryMs = dayMs;
/** Between two rounds through all partitions for what is to be moved, and partitions of which some is moved at a time. */
export const tieringEveryMs = 10_000;
export const tieringLanes = 2;
/** After a failure of moving: at first, and at most. */
export const tieringRestMs = { min: 1_000, max: 60_000 } as const;
/** Before a segment that the disk could not read is tried again; twice as long each time. */
export const unreadSegmentRestMs = { min: 60_000, max: 3_600_000 } as const;
/** How long a start waits for the blobs engine; it goes on without it. */
export const remoteOpenMsMax = 5_000;

// Upkeep.

/** Between two rounds through all partitions. */
export const upkeepEveryMs = 30_000;
/** Between two partitions of a round, which others use. */
export const upkeepRestMs = 2;

// Time in which the process ran: running-clock.ts.

/**
 * Looks at the time are at least `tickMs` apart; one that is `gapMs` late tells of a pause, which does not count (work alone
 * holds the event loop up for less). After it nothing counts for `graceMs`: clients whose connection broke make a new one in
 * less. Such a grace begins at most every `graceEveryMs` of running, so that deadlines come also where every turn is late.
 */
export const runningClockMs = { tickMs: 250, gapMs: 750, graceMs: 5_000, graceEveryMs: 30_000 } as const;

// Transactions.

/** `transaction.max.timeout.ms` of Kafka: how long a transaction may be open at most. */
export const transactionTimeoutMaxMs = 15 * 60 * 1_000;
/** `transactional.id.expiration.ms` of Kafka: how long a transactional id that does nothing is remembered. */
export const transactionalIdExpirationMs = 7 * 24 * 60 * 60 * 1_000;
/** How often ids that expired are looked for: `transaction.remove.expired.transaction.cleanup.interval.ms`. */
export const transactionalIdSweepMs = 60 * 60 * 1_000;
/** Each takes about half a kilobyte of memory; more are refused until some expire. */
export const transactionalIdsMaxDefault = 100_000;
/** Of a transactional id: it is kept, and used as a key. */
export const transactionalIdCharactersMax = 1_000;
/** Transactional ids that one read of the metadata gives at start. */
export const transactionsPageMax = 1_000;
/** Producer ids that are taken from the metadata at once, as Kafka; a start wastes what is left. */
export const producerIdsBlock = 1_000;
/** How long the end of a transaction waits for its markers; it is decided, and answered, without them. */
export const endAnswerMsMax = 1_000;
/** Between attempts to write the markers of a transaction, or to time it out, while a disk fails: at first, and at most. */
export const transactionRetryMs = { min: 100, max: 30_000 } as const;

/** Of SQS queues: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html */
export const batchEntriesMax = 10;
export const messageBytesMax = 1_024 * 1_024;
export const messageAttributesMax = 10;
/** It is kept beside the message, and does not count as part of it. */
export const traceHeaderCharactersMax = 2_048;
export const deduplicationWindowMs = 5 * 60 * 1_000;
export const inFlightMax = 120_000;
/** Messages of one queue that are delayed, returned or in flight, or wait for others of their group: 200 bytes each. */
export const queueEntriesMax = 2 * inFlightMax;
/** Each that is used has files open. */
export const queuesMaxDefault = 10_000;
/** Of a policy, as identity has it, and of any other attribute of a queue. */
export const queueAttributeCharactersMax = 20 * 1_024;
export const queuePageMax = 1_000;
/** Of a queue's log: what one read takes up, and what is kept of it in memory until it is received: all of a read. */
export const takenUpBytes = 256 * 1_024;
export const readAheadBytesMax = 2 * 1_024 * 1_024;
export const queueSegmentBytes = 64 * 1_024 * 1_024;
/** Of the largest message with its ten attributes, as a batch. */
export const queueBatchBytesMax = 2 * messageBytesMax;
/** Messages of several calls that become one batch. */
export const messageBatchBytesMax = 64 * 1_024;
/** A write waits for callers who were just answered for this part of what the last one took, where that is worth a timer. */
export const returningPart = 1 / 2;
export const returningMsMin = 1;
export const returningMsMax = 10;
/** After waits that gained little so many writes at most go without one. */
export const returningPauseMax = 15;
/** Move tasks that are remembered of a queue. */
export const moveTasksMax = 10;
/** A request of the SQS API; JSON may take six bytes for one of the body. */
export const sqsRequestBytesMax = 8 * messageBytesMax;
/** Of requests that are being received and answered, together; those that are not signed have a share of their own. */
export const sqsBodiesBytesMax = 256 * 1_024 * 1_024;
export const sqsUnsignedBodiesBytesMax = 32 * 1_024 * 1_024;
/** Requests that are begun in one turn of the event loop; the blueprint's bound for all of a turn is 10 ms. */
export const sqsTurnBudgetMs = 3;
/** Parameters of a request of the query protocol; members, items and containers of one in JSON. Ten messages have 1,200. */
export const sqsParametersMax = 2_000;
export const sqsTokensMax = 10_000;

// The library's face.

/** Of a batch that `produce` makes of records that leave together. */
export const producedBatchBytesMax = 1_024 * 1_024;
/** A member of a group in this process. */
export const libraryMember = {
  /** Nothing can get lost between it and the coordinator: but a busy event loop may hold it up. */
  sessionTimeoutMs: 10_000,
  rebalanceTimeoutMs: 60_000,
  heartbeatMs: 1_000,
  /** For handlers, when partitions change hands or all stops. */
  drainMsMax: 50_000,
  /** Between attempts at what the disk or the database refused. */
  retryMs: 200,
  lastCommitAttempts: 5,
  /** How long a partition is waited for before it is looked up again. */
  waitMsMax: 5_000,
  /** Of all partitions of a subscription, and of one. */
  prefetchBytesMax: 16 * bytesPerMiB,
  readBytesMax: bytesPerMiB,
  readBytesMin: 64 * bytesPerKiB,
} as const;
assert(
  libraryMember.drainMsMax < libraryMember.rebalanceTimeoutMs,
  'a member joins again before it is given up',
);
