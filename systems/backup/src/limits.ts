// Every constant of backup, with its unit, and how they depend on each other.

import assert from 'node:assert/strict';

const KiB = 1024;
const MiB = 1024 * KiB;
const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

/** Sizes of chunks where `init` is not told otherwise; bench/RESULTS.md says why these. */
export const chunkBytesMinDefault = 128 * KiB;
export const chunkBytesAverageDefault = 512 * KiB;
export const chunkBytesMaxDefault = 2 * MiB;
/** Of directories that are fingerprints of large files for the most part. Never larger than chunks of contents. */
export const fingerprintsChunkBytesMin = 4 * KiB;
export const fingerprintsChunkBytesAverage = 8 * KiB;
export const fingerprintsChunkBytesMax = 32 * KiB;
/** What `init` and a config read from a store may say at most and at least. */
export const chunkBytesLowest = 4 * KiB;
export const chunkBytesHighest = 16 * MiB;

/** Every thread that fills one holds a pack's memory. */
export const packBytesDefault = 8 * MiB;
export const packBytesLowest = 8 * MiB;
export const packBytesHighest = 64 * MiB;
/** What a reader takes for a pack at most. Chunks are packed until a pack is full, so one may be longer than it should, by a chunk. */
export const packObjectBytesHighest = 2 * packBytesHighest;

/** A directory of at least this size is stored on its own; so is a smaller one that has many siblings, see below. */
export const directoryBytesInline = 64 * KiB;
/** What the directories of one that has many entries take inline together, and what each of them may take at least. */
export const directoriesBytesInline = 4 * MiB;
export const directoryBytesInlineLeast = 512;

/** A session whose heartbeat is older is taken for dead by `gc`. */
export const leaseMsDefault = 30 * minuteMs;
/** What `init` and a config read from a store may say. A short one costs work done again, never data. */
export const leaseMsLowest = 1_000;
export const leaseMsHighest = 7 * dayMs;
/** How long fences, tombstones and verdicts stay: no request given up may take effect later (DESIGN.md, G3). */
export const tombstoneMs = 30 * dayMs;

/** A writer's index objects cover at most so many packs, and what is older than this. */
export const packsPerIndexObject = 16;
export const indexObjectMs = minuteMs;

/** argon2id for new keys, and what a key file read from a store may ask for at most. */
export const argon2MemoryKiBDefault = 64 * KiB;
export const argon2PassesDefault = 3;
export const argon2LanesDefault = 1;
export const argon2MemoryKiBHighest = 1024 * KiB;
export const argon2PassesHighest = 64;
export const argon2LanesHighest = 64;
/** Memory x passes: some 5 s of a core, so that a hostile key file cannot hold up an open for long. */
export const argon2WorkKiBHighest = 4096 * KiB;

/** How long a call is tried again while the store is away: a server, or a small machine, has started anew by then. */
export const patienceMsDefault = 2 * minuteMs;
/** The same, until the store has answered once. */
export const firstAnswerPatienceMs = 10_000;

/** With a limit on bandwidth: what is no larger does not wait for its turn. Heartbeats, sessions, commits, keys. */
export const unlimitedBytesMax = 64 * KiB;

/** What is kept of a remote repository between runs: index, snapshots, manifest packs. */
export const cacheBytesDefault = 2048 * MiB;

/** An object that is read whole (config, snapshots, index objects ...) is refused above this. */
export const objectBytesHighest = 64 * MiB;

/** Directories on the way to an entry: Linux takes paths of 4,095 bytes, so no file is backed up from deeper. */
export const directoryDepthMax = 4_096;

/** Hurt files of one snapshot that are named: a hostile tree has more paths than anybody can read. */
export const hurtFilesNamedMax = 20_000;

assert(chunkBytesLowest <= chunkBytesMinDefault && chunkBytesMinDefault < chunkBytesAverageDefault);
assert(chunkBytesAverageDefault < chunkBytesMaxDefault && chunkBytesMaxDefault <= chunkBytesHighest);
assert(packBytesLowest <= packBytesDefault && packBytesDefault <= packBytesHighest);
assert(chunkBytesHighest < packBytesHighest);
assert(leaseMsLowest <= leaseMsDefault && leaseMsDefault <= leaseMsHighest && leaseMsHighest < tombstoneMs);
assert(argon2MemoryKiBDefault * argon2PassesDefault <= argon2WorkKiBHighest);
assert(argon2MemoryKiBHighest <= argon2WorkKiBHighest);
assert(directoryBytesInlineLeast < directoryBytesInline && directoryBytesInline < directoriesBytesInline);
