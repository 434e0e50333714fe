// The functions of zstd that compression is made of.

import type { FunctionSignature } from 'node:ffi';
import { type Memory, openProgramLibrary, type Pointer } from '@cairn/native';

export type ZstdLibrary = {
  readonly ZSTD_createCCtx: () => Pointer;
  readonly ZSTD_compressCCtx: (
    context: Pointer,
    target: Memory,
    targetBytes: bigint,
    source: Memory,
    sourceBytes: bigint,
    level: number,
  ) => bigint;
  readonly ZSTD_CCtx_setParameter: (context: Pointer, parameter: number, value: number) => bigint;
  /** With the parameters that were set, which stay. */
  readonly ZSTD_compress2: (
    context: Pointer,
    target: Memory,
    targetBytes: bigint,
    source: Memory,
    sourceBytes: bigint,
  ) => bigint;
  readonly ZSTD_freeCCtx: (context: Pointer) => bigint;
  readonly ZSTD_createDCtx: () => Pointer;
  readonly ZSTD_freeDCtx: (context: Pointer) => bigint;
  readonly ZSTD_decompressDCtx: (
    context: Pointer,
    target: Memory,
    targetBytes: bigint,
    source: Memory,
    sourceBytes: bigint,
  ) => bigint;
};

const signatures = {
  ZSTD_createCCtx: { return: 'pointer', arguments: [] },
  ZSTD_compressCCtx: {
    return: 'uint64',
    arguments: ['pointer', 'pointer', 'uint64', 'pointer', 'uint64', 'int32'],
  },
  ZSTD_CCtx_setParameter: { return: 'uint64', arguments: ['pointer', 'int32', 'int32'] },
  ZSTD_compress2: { return: 'uint64', arguments: ['pointer', 'pointer', 'uint64', 'pointer', 'uint64'] },
  ZSTD_freeCCtx: { return: 'uint64', arguments: ['pointer'] },
  ZSTD_createDCtx: { return: 'pointer', arguments: [] },
  ZSTD_freeDCtx: { return: 'uint64', arguments: ['pointer'] },
  ZSTD_decompressDCtx: { return: 'uint64', arguments: ['pointer', 'pointer', 'uint64', 'pointer', 'uint64'] },
} as const satisfies Readonly<Record<keyof ZstdLibrary, FunctionSignature>>;

export const zstdLibrary = openProgramLibrary<ZstdLibrary>(signatures);
