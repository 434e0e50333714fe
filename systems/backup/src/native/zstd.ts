// zstd (RFC 8878), synchronously, from memory to memory, with one context per thread.

import assert from 'node:assert/strict';
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { type FreeLater, freeAtThreadsEnd } from '@cairn/native';
import { type ZstdLibrary, zstdLibrary } from './zstd-library.ts';

export type Zstd = {
  /**
   * One frame of `source` at the start of `target`; returns its bytes, or `undefined` when it does not fit. So the length of
   * `target` says what compression must save to be wanted. Levels from -7 (fastest) to 19.
   */
  compress(source: Uint8Array, target: Uint8Array, level: number): number | undefined;
  /**
   * What the frame `source` holds, at the start of `target`; returns its bytes, or `undefined` when `source` is no frame or
   * holds more than `target`: memory is bounded by the caller.
   */
  decompress(source: Uint8Array, target: Uint8Array): number | undefined;
};

/**
 * Up to 256 KiB level 3 looks for matches of four bytes, above for such of five. Four save 0.8% of programs and libraries there, too,
 * for a tenth more time.
 */
const bytesOfFewMatches = 256 * 1024;
const levelsOfFewMatches: readonly number[] = [3, 4];
const shortestMatch = 4;
const wantsShortMatches = (source: Uint8Array, level: number): boolean =>
  source.length > bytesOfFewMatches && levelsOfFewMatches.includes(level);

/** Through node:zlib: on every build of Node, with a context and a buffer per call. */
export const portableZstd: Zstd = {
  compress(source, target, level) {
    const params = {
      [constants.ZSTD_c_compressionLevel]: level,
      ...(wantsShortMatches(source, level) && { [constants.ZSTD_c_minMatch]: shortestMatch }),
    };
    const frame = zstdCompressSync(source, { params });
    if (frame.length > target.length) return undefined;
    target.set(frame);
    return frame.length;
  },

  decompress(source, target) {
    try {
      // An empty result is allowed, a limit of zero is not.
      const content = zstdDecompressSync(source, { maxOutputLength: Math.max(1, target.length) });
      if (content.length > target.length) return undefined;
      target.set(content);
      return content.length;
    } catch {
      return undefined;
    }
  },
};

/** Through the functions of the program itself. */
export function directZstd(library: ZstdLibrary, freeLater: FreeLater = freeAtThreadsEnd): Zstd {
  const compression = library.ZSTD_createCCtx();
  const decompression = library.ZSTD_createDCtx();
  assert(compression !== 0n && decompression !== 0n, 'zstd has no memory for its contexts');
  freeLater(() => {
    library.ZSTD_freeCCtx(compression);
    library.ZSTD_freeDCtx(decompression);
  });
  // They stay as they are set; `ZSTD_compressCCtx` goes by none of them but its level.
  const set = (parameter: number, value: number): void =>
    assert(bytesOf(library.ZSTD_CCtx_setParameter(compression, parameter, value)) !== undefined);
  set(constants.ZSTD_c_minMatch, shortestMatch);
  return {
    compress(source, target, level) {
      const to = [compression, memory(target), BigInt(target.length)] as const;
      const from = [memory(source), BigInt(source.length)] as const;
      if (!wantsShortMatches(source, level)) return bytesOf(library.ZSTD_compressCCtx(...to, ...from, level));
      set(constants.ZSTD_c_compressionLevel, level);
      return bytesOf(library.ZSTD_compress2(...to, ...from));
    },

    decompress(source, target) {
      // No frame at all would be taken for an empty one.
      if (source.length === 0) return undefined;
      return bytesOf(
        library.ZSTD_decompressDCtx(
          decompression,
          memory(target),
          BigInt(target.length),
          memory(source),
          BigInt(source.length),
        ),
      );
    },
  };
}

/** An empty view may have no address. */
const memory = (view: Uint8Array): Uint8Array | bigint => (view.length === 0 ? 0n : view);

/** Errors are the negatives of small numbers, as size_t: `ZSTD_isError`. */
const lowestError = 2n ** 63n;
const bytesOf = (result: bigint): number | undefined => (result < lowestError ? Number(result) : undefined);

/** The better of both; every thread that loads this module has a context of its own. */
export const zstd: Zstd = zstdLibrary === undefined ? portableZstd : directZstd(zstdLibrary);
