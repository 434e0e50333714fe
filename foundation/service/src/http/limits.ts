// Limits of the HTTP server, with units. What an endpoint may want otherwise is in `HttpLimits`.

import assert from 'node:assert/strict';

const KiB = 1024;
const MiB = 1024 * KiB;

export type HttpLimits = {
  /** Request line and fields of a request, with their line ends. */
  readonly headBytesMax: number;
  /** For a head, from its first byte on. */
  readonly headTimeoutMs: number;
  /** For the next request of a connection to begin. */
  readonly keepAliveTimeoutMs: number;
  /** A client of whose body nothing comes for this long, or that takes nothing of its answer, is given up. */
  readonly idleTimeoutMs: number;
  /** Of a body that is waited for, in `idleTimeoutMs` of waiting: one that drips would else hold a connection for ever. */
  readonly bodyBytesMin: number;
};

export const defaultHttpLimits: HttpLimits = {
  headBytesMax: 16 * KiB,
  headTimeoutMs: 20_000,
  keepAliveTimeoutMs: 60_000,
  idleTimeoutMs: 60_000,
  // A modem of 300 baud brings 1,800. Others of the field: Kestrel 240 bytes a second, Apache 500, nginx none.
  bodyBytesMin: 1 * KiB,
};

/** A head of 16 KiB has room for 4,000 fields of one byte; nobody sends more than a few dozen. */
export const fieldsMax = 256;
export const methodBytesMax = 32;

/** Size of a chunk with its extensions, as one line. */
export const chunkLineBytesMax = 256;
/** Extensions of all chunks of a body, and all trailer fields: both are read and thrown away. */
export const chunkExtensionBytesMax = 16 * KiB;
export const trailerBytesMax = 8 * KiB;

/** Behind a request that is being served, what may wait; the socket is not read beyond. */
export const pipelinedBytesMax = 16 * KiB;
/** Of a body, what may wait for its reader. */
export const waitingBytesMax = 64 * KiB;
/** Pieces under this are put together where others wait already: a piece of one byte costs a hundred more. */
export const gatheredBytesMax = 1 * KiB;
export const gatherBytes = 4 * KiB;

/** The buffer that heads and small bodies are received in, one for all connections. */
export const sharedReceiveBytes = 64 * KiB;
/** Bodies with more to come than this are received in slabs of their own, without a copy. */
export const slabFromBytes = 64 * KiB;
export const slabBytes = 256 * KiB;
/** Bodies of up to so many slabs give them back for others when their request is over; longer ones that nobody forgets use them up. */
export const slabsPerRequestMax = 4;
export const slabsKeptMax = 64;
/** Pieces up to this are copied into chunks of memory that is used again; a request holds each chunk that it has one in. */
export const smallPieceBytesMax = 16 * KiB;
export const smallChunkBytes = 64 * KiB;
/** One that drips while others fill chunks would hold a chunk for every byte. */
export const smallChunksPerRequestMax = 4;
export const smallChunksKeptMax = 64;
/** Answers up to this, with their head, go out in one piece. */
export const sharedSendBytes = 68 * KiB;

/** A body that nobody wants is read and thrown away up to here, to keep the connection or to let the client see why. */
export const drainBytesMax = 256 * KiB;
export const lingerBytesMax = 64 * MiB;
export const lingerMs = 2_000;

/** How often connections are held against their time limits, at most and at least. */
export const tickMsMax = 1_000;
export const tickMsMin = 10;

assert(drainBytesMax <= lingerBytesMax);
assert(slabFromBytes <= slabBytes);
assert(gatheredBytesMax <= gatherBytes);
assert(smallPieceBytesMax <= smallChunkBytes);
assert(waitingBytesMax <= slabBytes, 'one read fills at most one slab');
