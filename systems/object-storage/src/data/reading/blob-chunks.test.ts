import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Piece } from '../runs.ts';
import { BlobChunks } from './blob-chunks.ts';
import { BufferPool } from './buffer-pool.ts';
import { TurnShare } from './turn-share.ts';

const blocksMax = 4;
const blockBytes = 8;
/** Between the blocks of a piece lie their headers. */
const strideBytes = 10;

/** A blob of blocks that are filled with their index, and how they were read. */
class Blob {
  /** Asked in turn for each block that is looked for in memory. */
  isCached: (block: number) => boolean = () => true;
  rotten: number | undefined;
  /** Blocks that were read from memory, pieces that were read from the disk, in order. */
  readonly reads: (number | string)[] = [];
  ends = 0;
  readonly given: Buffer[] = [];
  readonly buffers = new (class extends BufferPool {
    readonly taken = new Set<Buffer>();
    override take(): Buffer {
      const buffer = super.take();
      this.taken.add(buffer);
      return buffer;
    }
    override give(buffer: Buffer): void {
      assert(this.taken.delete(buffer), 'given back once, and only by who has it');
      super.give(buffer);
    }
  })({ bytes: (blocksMax + 1) * strideBytes, keptMax: 10 });

  chunks(count: number, { chunkBlocksMax = 1, hasTail = false } = {}): BlobChunks {
    return new BlobChunks({
      pieces: (from) => piecesOf(count, { ...from, hasTail }),
      ...{ firstBlock: 0, blocksMax, chunkBlocksMax, buffers: this.buffers, cut: (bytes) => bytes },
      turns: new TurnShare({ nextTurn: (callback) => void setImmediate(callback) }),
      readCached: ({ firstBlock, count: blocks }, into) => {
        if (!this.isCached(firstBlock)) return undefined;
        this.reads.push(blocks === 1 ? firstBlock : `${firstBlock}+${blocks} cached`);
        return payloads(into, { firstBlock, count: blocks });
      },
      read: async ({ firstBlock, count: blocks }, into) => {
        this.reads.push(`${firstBlock}+${blocks}`);
        return payloads(into, { firstBlock, count: blocks });
      },
      verified: (found, { index }) => {
        const { value } = found.next();
        if (index === this.rotten) throw new Error('rotten');
        assert(value !== undefined);
        return value;
      },
      onEnd: () => void this.ends++,
    });
  }
}

/** With a tail, the last block goes along with those before it. */
function* piecesOf(
  count: number,
  from: { firstBlock: number; blocksMax: number; hasTail: boolean },
): Iterable<Piece> {
  for (let { firstBlock } = from; firstBlock < count; ) {
    const left = count - firstBlock;
    const blocks = from.hasTail && left === from.blocksMax + 1 ? left : Math.min(from.blocksMax, left);
    yield { firstBlock, count: blocks, location: { segment: 1, position: 0 }, lengthBytes: 0 };
    firstBlock += blocks;
  }
}

/** Headers are looked at when their blocks are asked for, as the log does. */
function* payloads(into: Buffer, { firstBlock, count }: { firstBlock: number; count: number }) {
  const blocks = Array.from({ length: count }, (_, at) =>
    into.subarray(at * strideBytes, (at + 1) * strideBytes),
  );
  for (const [at, block] of blocks.entries()) block.fill(firstBlock + at, header.length).set(header);
  for (const block of blocks) {
    assert.deepEqual(block.subarray(0, header.length), header);
    yield block.subarray(header.length);
  }
}

const header = Buffer.alloc(strideBytes - blockBytes, 0xff);

/** The blocks that a chunk is of. */
function blocksOf(chunk: Uint8Array): readonly number[] {
  assert.equal(chunk.length % blockBytes, 0);
  const blocks = firstBlocks(chunk.length / blockBytes).map((at) => chunk[at * blockBytes]!);
  assert.deepEqual(
    [...chunk],
    blocks.flatMap((block) => Array<number>(blockBytes).fill(block)),
  );
  return blocks;
}

async function read(blob: Blob, count: number): Promise<readonly number[]> {
  const blocks: number[] = [];
  for await (const chunk of blob.chunks(count)) {
    assert(chunk.every((byte) => byte === chunk[0]));
    blocks.push(chunk[0]!);
  }
  return blocks;
}

const firstBlocks = (count: number) => Array.from({ length: count }, (_, block) => block);

suite('the chunks of a blob', () => {
  test('come from memory one by one, through one buffer', async () => {
    const blob = new Blob();
    assert.deepEqual(await read(blob, 10), firstBlocks(10));
    assert.deepEqual(blob.reads, firstBlocks(10));
    assert.equal(blob.ends, 1);
    assert.equal(blob.buffers.taken.size, 0);
    const again = blob.buffers.take();
    assert.equal(again[header.length], 9, 'the one buffer that was used');
  });

  test('go on from memory behind what was missing once', async () => {
    const blob = new Blob();
    blob.isCached = (block) => block !== 2;
    assert.deepEqual(await read(blob, 9), firstBlocks(9));
    assert.deepEqual(blob.reads, [0, 1, '2+4', 6, 7, 8]);
  });

  test('are read ahead from the disk once something was missing twice', async () => {
    const blob = new Blob();
    blob.isCached = (block) => block !== 0 && block !== 5;
    const chunks = blob.chunks(15);
    for (let block = 0; block <= 5; block++) assert.equal((await chunks.next()).value![0], block);
    assert.deepEqual(blob.reads, ['0+4', 4, '5+4', '9+4'], 'the next piece, while this one is being sent');
    for (let block = 6; block < 15; block++) assert.equal((await chunks.next()).value![0], block);
    assert.deepEqual(blob.reads.slice(4), ['13+2']);
    assert.equal((await chunks.next()).done, true);
    assert.equal(blob.buffers.taken.size, 0);
  });

  test('of several blocks are one piece of memory, wherever they come from', async () => {
    for (const isCached of [true, false]) {
      const blob = new Blob();
      blob.isCached = () => isCached;
      const chunks: (readonly number[])[] = [];
      for await (const chunk of blob.chunks(10, { chunkBlocksMax: blocksMax })) chunks.push(blocksOf(chunk));
      assert.deepEqual(chunks, [
        [0, 1, 2, 3],
        [4, 5, 6, 7],
        [8, 9],
      ]);
      const suffix = isCached ? ' cached' : '';
      assert.deepEqual(
        blob.reads,
        ['0+4', '4+4', '8+2'].map((piece) => piece + suffix),
      );
      assert.equal(blob.buffers.taken.size, 0);
    }
  });

  test('of several blocks have the small last one, too, that was read with them', async () => {
    for (const isCached of [true, false]) {
      const blob = new Blob();
      blob.isCached = () => isCached;
      const chunks: (readonly number[])[] = [];
      for await (const chunk of blob.chunks(9, { chunkBlocksMax: blocksMax, hasTail: true }))
        chunks.push(blocksOf(chunk));
      assert.deepEqual(chunks, [
        [0, 1, 2, 3],
        [4, 5, 6, 7, 8],
      ]);
      assert.equal(blob.reads.length, 2);
      assert.equal(blob.buffers.taken.size, 0);
    }
  });

  test('of one block each are one by one, though the last was read with the one before it', async () => {
    const blob = new Blob();
    const blocks: number[] = [];
    for await (const chunk of blob.chunks(3, { hasTail: true })) blocks.push(...blocksOf(chunk));
    assert.deepEqual(
      [blocks, blob.reads],
      [
        [0, 1, 2],
        [0, '1+2 cached'],
      ],
    );
  });

  test('of several blocks end in front of damage', async () => {
    const blob = new Blob();
    blob.rotten = 6;
    const chunks = blob.chunks(10, { chunkBlocksMax: blocksMax });
    assert.deepEqual(blocksOf((await chunks.next()).value!), [0, 1, 2, 3]);
    await assert.rejects(chunks.next(), { message: 'rotten' });
    assert.equal((await chunks.next()).done, true);
    assert.equal(blob.ends, 1);
  });

  test('of what memory has, leave others their turns', async () => {
    const blob = new Blob();
    let [turns, done] = [0, false];
    const count = () => {
      turns++;
      if (!done) setImmediate(count);
    };
    setImmediate(count);
    await read(blob, 100);
    done = true;
    assert(turns >= 100 / blocksMax - 1, `${turns}`);
  });

  test('are given without a promise only from memory', async () => {
    const blob = new Blob();
    blob.isCached = (block) => block !== 1;
    const chunks = blob.chunks(6);
    assert.equal(chunks.nextCached()![0], 0);
    assert.equal(chunks.nextCached(), undefined);
    assert.equal((await chunks.next()).value![0], 1);
    for (let block = 2; block < 6; block++) assert.equal(chunks.nextCached()![0], block);
    assert.equal(chunks.nextCached(), undefined);
    assert.equal((await chunks.next()).done, true);
  });

  test('let others have their memory as soon as nobody looks at it', () => {
    const blob = new Blob();
    const [one, other] = [blob.chunks(2), blob.chunks(2)];
    for (let block = 0; block < 2; block++) {
      for (const chunks of [one, other]) {
        assert.equal(chunks.nextCached()![0], block);
        assert.equal(blob.buffers.taken.size, 1);
        chunks.release();
        chunks.release();
      }
    }
    assert.equal(blob.buffers.taken.size, 0);
  });

  test('end at damage, wherever it comes from', async () => {
    for (const isCached of [true, false]) {
      const blob = new Blob();
      blob.isCached = () => isCached;
      blob.rotten = 6;
      const chunks = blob.chunks(10);
      for (let block = 0; block < 6; block++) await chunks.next();
      await assert.rejects(chunks.next(), { message: 'rotten' });
      assert.equal((await chunks.next()).done, true, 'nothing behind it is given');
      assert.equal(blob.ends, 1);
    }
  });

  test('of who leaves are read no more, and their memory may still be on its way to a socket', async () => {
    const blob = new Blob();
    const chunks = blob.chunks(10);
    await chunks.next();
    await chunks.return();
    assert.equal((await chunks.next()).done, true);
    assert.deepEqual(blob.reads, [0]);
    assert.deepEqual([blob.ends, blob.buffers.taken.size], [1, 1]);
  });
});
