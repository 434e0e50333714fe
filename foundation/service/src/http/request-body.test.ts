// A body between who receives it and who reads it, without a socket.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '@cairn/world/simulated';
import { gatheredBytesMax, slabBytes, smallChunksPerRequestMax, smallPieceBytesMax } from './limits.ts';
import { ReceiveSlabs, type Slab } from './receive-slabs.ts';
import { RequestBody } from './request-body.ts';

function chunkedBody(): RequestBody {
  const slabs = new ReceiveSlabs();
  return new RequestBody('chunked', { onWanted: () => {}, slabs: () => slabs });
}

function take(body: RequestBody, wire: Buffer): void {
  body.take(wire, { start: 0, end: wire.length, kept: false });
}

test('pieces of one byte wait in little more memory than their bytes', () => {
  const body = chunkedBody();
  const bytes = 10_000;
  take(body, Buffer.from(`${'1\r\nx\r\n'.repeat(bytes)}0\r\n\r\n`));
  let pieces = 0;
  let length = 0;
  for (let piece = body.read(); piece !== undefined; piece = body.read()) {
    assert(piece instanceof Uint8Array);
    pieces++;
    length += piece.length;
  }
  assert.equal(length, bytes);
  assert(pieces < 10, `${pieces} pieces`);
});

test('whatever the sizes of chunks, and whenever they are read, the bytes are those that were sent', async () => {
  const random = new SeededRandom(7);
  const body = chunkedBody();
  const sent: Buffer[] = [];
  const read: { piece: Uint8Array; copy: Buffer }[] = [];
  for (let round = 0; round < 2_000; round++) {
    const data = random.bytes(1 + random.integer(random.integer(4) === 0 ? 3 * gatheredBytesMax : 40));
    sent.push(data);
    take(body, Buffer.concat([Buffer.from(`${data.length.toString(16)}\r\n`), data, Buffer.from('\r\n')]));
    while (!body.hasRoom || random.integer(3) === 0) {
      const piece = await body.read();
      assert(piece !== undefined);
      read.push({ piece, copy: Buffer.from(piece) });
      if (read.reduce((sum, each) => sum + each.copy.length, 0) === body.receivedBytes) break;
    }
  }
  take(body, Buffer.from('0\r\n\r\n'));
  for (let piece = await body.read(); piece !== undefined; piece = await body.read()) {
    read.push({ piece, copy: Buffer.from(piece) });
  }
  assert.deepEqual(Buffer.concat(read.map(({ piece }) => piece)), Buffer.concat(sent));
  assert(
    read.every(({ piece, copy }) => copy.equals(piece)),
    'what was read stays as it is',
  );
});

/** Receives a body in slabs as a connection does, and reads each piece at once. */
async function receiveLong(
  body: RequestBody,
  sent: Buffer,
): Promise<{ slabs: number; pieces: Uint8Array[] }> {
  const slabs = new Set<Slab>();
  const pieces: Uint8Array[] = [];
  const first = body.read();
  for (let at = 0; at < sent.length; ) {
    const slab = body.slab();
    const room = slab === undefined ? Buffer.alloc(slabBytes) : slab.bytes.subarray(slab.usedBytes);
    const length = Math.min(room.length, 60_000, sent.length - at);
    sent.copy(room, 0, at, at + length);
    if (slab !== undefined) {
      slab.usedBytes += length;
      slabs.add(slab);
    }
    body.take(room, { start: 0, end: length, kept: slab !== undefined });
    body.wakeReader();
    const piece = await (at === 0 ? first : body.read());
    assert(piece !== undefined);
    pieces.push(piece);
    at += length;
  }
  return { slabs: slabs.size, pieces };
}

function longBody(sent: Buffer): RequestBody {
  const slabs = new ReceiveSlabs();
  return new RequestBody(sent.length, { onWanted: () => {}, slabs: () => slabs });
}

test('a long body that is forgotten is received in memory that is used again, and none that is looked at', async () => {
  const lookBackBytes = 600_000;
  const sent = new SeededRandom(11).bytes(10 * 1024 * 1024);
  const body = longBody(sent);
  body.forgetAfter(lookBackBytes);
  const { slabs, pieces } = await receiveLong(body, sent);
  assert(slabs <= Math.ceil(lookBackBytes / slabBytes) + 2, `${slabs} slabs`);
  const lookedAt = Buffer.concat(pieces.slice(-Math.floor(lookBackBytes / 60_000)));
  assert(lookedAt.equals(sent.subarray(-lookedAt.length)));
  assert.equal(body.takeSlabs().length, slabs, 'they serve others when the request is over');
});

test('of a long body that nobody forgets all stays as it is', async () => {
  const sent = new SeededRandom(12).bytes(4 * 1024 * 1024);
  const body = longBody(sent);
  const { pieces } = await receiveLong(body, sent);
  assert(Buffer.concat(pieces).equals(sent));
  assert.equal(body.takeSlabs().length, 0);
});

test('a body that drips while others fill the memory of small pieces holds little of it', () => {
  const slabs = new ReceiveSlabs();
  const source = { onWanted: () => {}, slabs: () => slabs };
  const bytes = 200;
  const dripping = new RequestBody(bytes, source);
  const piecesOf = new Map<ArrayBufferLike, Uint8Array[]>();
  for (let number = 0; number < bytes; number++) {
    take(dripping, Buffer.of(number));
    const piece = dripping.read();
    assert(piece instanceof Uint8Array);
    piecesOf.set(piece.buffer, [...(piecesOf.get(piece.buffer) ?? []), piece]);
    for (let other = 0; other < 4; other++)
      take(new RequestBody(smallPieceBytesMax, source), Buffer.alloc(smallPieceBytesMax));
  }
  assert(piecesOf.size <= smallChunksPerRequestMax + 1, `${piecesOf.size} chunks`);
  const received = [...piecesOf.values()].flat().map(([byte]) => byte);
  assert.deepEqual(received, [...Array(bytes).keys()], 'what was read stays as it is');
});
