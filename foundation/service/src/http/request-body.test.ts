// A body between who receives it and who reads it, without a socket.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '@cairn/world';
import { gatheredBytesMax } from './limits.ts';
import { ReceiveSlabs } from './receive-slabs.ts';
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
