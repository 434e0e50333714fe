// The checksums, the ring and the filter; checksums against the other ways to compute them that need nothing more to be installed.
// Run it as `node foundation/hashing/bench/bench.ts`.

import { randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import { crc32 as zlibCrc32 } from 'node:zlib';
import { type BenchCase, type BenchContext, measureOperation, type Peer, runBench } from '@cairn/bench';
import { checksumOf, crc32, crc32c, crc64nvme } from '@cairn/hashing';
import { createCRC32 } from 'hash-wasm';
import { placeCases } from './place-cases.ts';

const hashWasmVersion: string = createRequire(import.meta.url)('hash-wasm/package.json').version;
const wasmCrc32c = await createCRC32(0x82f63b78);

const candidates: Record<string, { ours: (bytes: Uint8Array) => unknown; peer?: Alternative }> = {
  crc32: { ours: crc32, peer: { name: 'node:zlib', version: process.versions.zlib, hash: zlibCrc32 } },
  crc32c: { ours: crc32c, peer: { name: 'hash-wasm', version: hashWasmVersion, hash: hashWithWasm } },
  crc64nvme: { ours: crc64nvme },
  md5: { ours: (bytes) => checksumOf('md5', bytes) },
  sha256: { ours: (bytes) => checksumOf('sha256', bytes) },
  sha512: { ours: (bytes) => checksumOf('sha512', bytes) },
  xxhash64: { ours: (bytes) => checksumOf('xxhash64', bytes) },
  xxhash3: { ours: (bytes) => checksumOf('xxhash3', bytes) },
  xxhash128: { ours: (bytes) => checksumOf('xxhash128', bytes) },
};
type Alternative = {
  readonly name: string;
  readonly version: string;
  readonly hash: (bytes: Uint8Array) => unknown;
};

const sizes = { '512b': 512, '4kib': 4096, '64kib': 65_536 };

await runBench({
  name: 'hashing',
  file: import.meta.url,
  command: 'node foundation/hashing/bench/bench.ts',
  cases: [...checksumCases(), ...placeCases],
});

function checksumCases(): readonly BenchCase[] {
  return Object.entries(candidates).flatMap(([name, { ours, peer }]) =>
    Object.entries(sizes).map(([sizeName, size]): BenchCase => {
      const bytes = randomBytes(size);
      return {
        name: `${name}-${sizeName}`,
        unit: 'MB/CPU-s',
        better: 'more',
        ours: (context) => megabytesPerSecond(() => ours(bytes), size, context),
        ...(peer && { peer: toPeer(peer, bytes) }),
      };
    }),
  );
}

function toPeer(alternative: Alternative, bytes: Uint8Array): Peer {
  return {
    name: alternative.name,
    version: async () => alternative.version,
    run: (context) => megabytesPerSecond(() => alternative.hash(bytes), bytes.length, context),
  };
}

async function megabytesPerSecond(
  hash: () => unknown,
  size: number,
  { tiny }: BenchContext,
): Promise<number> {
  const loop = (times: number) => {
    for (let i = 0; i < times; i++) hash();
  };
  const { perCpuSecond } = await measureOperation(loop, { durationMs: tiny ? 5 : 50 });
  return (perCpuSecond * size) / 1e6;
}

function hashWithWasm(bytes: Uint8Array): unknown {
  return wasmCrc32c.init().update(bytes).digest('binary');
}
