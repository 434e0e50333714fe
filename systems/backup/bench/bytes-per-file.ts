// What files and chunks cost, counted over synthetic ones: `node bench/bytes-per-file.ts [chunks] [files]`, a million of each by
// default; DESIGN.md, "Ten million files", quotes it. Memory is what typed arrays and V8's heap hold more of than before.

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { zstdCompressSync } from 'node:zlib';
import { BloomFilter } from '@cairn/hashing';
import { SeededRandom } from '@cairn/world/simulated';
import { ReachableChunks } from '../src/collect/reachable-chunks.ts';
import { IndexColumns } from '../src/core/chunk-index/index-columns.ts';
import { LoadedChunkIndex } from '../src/core/chunk-index/loaded-chunk-index.ts';
import { ByteWriter } from '../src/format/byte-writer.ts';
import { fingerprintBytes, writeChunkLengths } from '../src/format/chunk-entry.ts';
import { encodeIndexObject, visitIndexObject } from '../src/format/index-object.ts';
import { TreeWriter } from '../src/format/tree-writer.ts';
import { packsPerIndexObject } from '../src/limits.ts';
import { FingerprintTable } from '../src/packing/fingerprint-table.ts';
import type { PackSummary } from '../src/packing/sealed-pack.ts';
import { FingerprintMap, keyBytes } from '../src/service/index/fingerprint-map.ts';

const [chunks = 1_000_000, files = 1_000_000] = process.argv.slice(2).map(Number);
const million = 1_000_000;
/** Of small files, some 8 KiB each once compressed. */
const chunksPerPack = 2_000;
const filesPerDirectory = 50;
const random = new SeededRandom(1);

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as (options: object) => void;

function heldBytes(): number {
  // Memory of arrays that nobody holds is freed behind our back, unless this is the last resort.
  collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** What `make` gives is held until its memory was counted. */
function measure<Made>(make: () => Made): {
  readonly made: Made;
  readonly bytes: number;
  readonly ms: number;
} {
  const before = heldBytes();
  const began = process.cpuUsage();
  const made = make();
  const { user, system } = process.cpuUsage(began);
  return { made, bytes: heldBytes() - before, ms: (user + system) / 1000 };
}

function print(what: string, bytesEach: number, msPerMillion?: number): void {
  const time = msPerMillion === undefined ? '' : `${msPerMillion.toFixed(0)} CPU-ms a million`;
  console.log(`${what.padEnd(48)} ${bytesEach.toFixed(1).padStart(6)} B  ${time}`.trimEnd());
}

const fingerprints = random.bytes(chunks * fingerprintBytes);
const eachChunk = (visit: (at: number) => void) => {
  for (let at = 0; at < fingerprints.length; at += fingerprintBytes) visit(at);
};

function packs(): PackSummary[] {
  return Array.from({ length: Math.ceil(chunks / chunksPerPack) }, (_, pack) => {
    const count = Math.min(chunksPerPack, chunks - pack * chunksPerPack);
    const entries = new ByteWriter(count * (fingerprintBytes + 6));
    let sizeBytes = 1_000;
    for (let entry = 0; entry < count; entry += 1) {
      const at = (pack * chunksPerPack + entry) * fingerprintBytes;
      const storedBytes = 200 + random.integer(16_000);
      entries.raw(fingerprints.subarray(at, at + fingerprintBytes));
      writeChunkLengths(entries, { rawBytes: storedBytes * 3, storedBytes, compressed: true });
      sizeBytes += storedBytes + 16;
    }
    const id = Buffer.from(random.bytes(32)).toString('hex');
    const parts = { id, type: 'data', epoch: 1, salt: random.bytes(32), sizeBytes } as const;
    return { ...parts, entryCount: count, entries: entries.finish() };
  });
}

const objects = Map.groupBy(packs().entries(), ([number]) => Math.floor(number / packsPerIndexObject));
const payloads = [...objects.values()].map((group) => encodeIndexObject(group.map(([, pack]) => pack)));
const storedIndex = payloads.reduce((sum, payload) => sum + zstdCompressSync(payload).length, 0);
print('index objects, stored, a chunk', storedIndex / chunks);

const index = measure(() => {
  const columns = new IndexColumns();
  for (const [object, payload] of payloads.entries())
    columns.addObject(String(object), (visitor) => visitIndexObject(payload, 'index', visitor));
  const listed = new Map(columns.packs.map(({ id, sizeBytes }) => [id, sizeBytes]));
  const nothing = { condemned: new Set<string>(), condemnations: [], damaged: [] };
  return new LoadedChunkIndex({ columns, listed, indexObjects: [], ...nothing });
});
print('index in memory, a chunk', index.bytes / chunks, (index.ms * million) / chunks);

const table = FingerprintTable.create();
const claiming = measure(() => eachChunk((at) => table.claim(fingerprints, at)));
const tableBytes = table.handle.buffer.byteLength;
print('table that archivers share, a chunk', tableBytes / chunks, (claiming.ms * million) / chunks);

const marks = measure(() => {
  const reachable = new ReachableChunks();
  eachChunk((at) => reachable.add(fingerprints, at));
  return reachable;
});
print('marks of gc, a chunk', marks.bytes / chunks, (marks.ms * million) / chunks);

const map = measure(() => {
  const service = new FingerprintMap();
  const isLive = () => true;
  eachChunk((at) => service.set(fingerprints, at, { value: 1, isLive }));
  return service;
});
print('map of the service, a key', map.made.sizeBytes / chunks, (map.ms * million) / chunks);
print("service's log, a key", keyBytes);
const filter = BloomFilter.for({ keysMax: chunks, falsePositiveRate: 0.01 });
print('Bloom filter of clients, a key', filter.serialise().length / chunks);

const words = [
  'index',
  'stream',
  'parse',
  'read',
  'file',
  'test',
  'util',
  'core',
  'map',
  'error',
  'node',
  'table',
];
const endings = ['.js', '.d.ts', '.md', '.json', '.ts', '.c', '.h', ''];

/** The bytes of directories, each an entry of a package: written by few programs, at about one time, each file of one chunk. */
function* directories(): Generator<Buffer> {
  const writer = new TreeWriter();
  let inode = 2_000_000;
  for (let file = 0; file < files; file += filesPerDirectory) {
    const names = new Set<string>();
    while (names.size < filesPerDirectory)
      names.add(`${random.pick(words)}-${random.pick(words)}${random.integer(50)}${random.pick(endings)}`);
    const seconds = 1_700_000_000 + random.integer(30_000_000);
    for (const name of [...names].sort()) {
      inode += 1 + random.integer(3);
      writer.append({
        ...{ type: 'file', name: Buffer.from(name), mode: 0o644, uid: 1000, gid: 1000 },
        mtime: { seconds: seconds + random.integer(3), nanoseconds: random.integer(1e9) },
        ctime: { seconds: seconds + 20, nanoseconds: random.integer(1e9) },
        ...{ inode: BigInt(inode), extendedAttributes: [] },
        content: {
          ...{ kind: 'file', sizeBytes: 1 + random.integer(40_000), sparse: false, readable: true },
          fingerprints: random.bytes(fingerprintBytes),
        },
      });
    }
    yield writer.finish().bytes;
  }
}

let manifestBytes = 0;
let manifestStored = 0;
/** As directories lie inline in one above, up to about so many bytes in a chunk. */
const chunkBytes = 64 * 1024;
let together: Buffer[] = [];
let togetherBytes = 0;
const store = () => {
  manifestStored += zstdCompressSync(Buffer.concat(together)).length;
  together = [];
  togetherBytes = 0;
};
for (const directory of directories()) {
  manifestBytes += directory.length;
  together.push(directory);
  togetherBytes += directory.length;
  if (togetherBytes >= chunkBytes) store();
}
store();
print('manifest, a file of one chunk', manifestBytes / files);
print('manifest, stored, a file of one chunk', manifestStored / files);
