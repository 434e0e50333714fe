// Requests and answers as bytes: against packets written down from the draft, and against garbage.

import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { test } from 'node:test';
import { SeededBytes } from '../conformance/bytes.ts';
import { PacketSplitter } from './packet-splitter.ts';
import { packetBytesMax } from './sftp-protocol.ts';
import { encodeInit, encodeRequest } from './sftp-request.ts';
import { decodeResponse, decodeVersion, InvalidPacket } from './sftp-response.ts';

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');

test('requests are the packets of the draft', () => {
  assert.deepEqual(encodeInit(), hex('00000005 01 00000003'));
  assert.deepEqual(
    encodeRequest(7, { type: 'open', fields: [{ text: '/ä' }, { uint32: 0x2a }, { permissions: 0o600 }] }),
    hex('00000018 03 00000007 00000003 2fc3a4 0000002a 00000004 00000180'),
  );
  assert.deepEqual(
    encodeRequest(8, {
      type: 'write',
      fields: [{ bytes: hex('aabb') }, { uint64: 2 ** 40 }],
      payload: hex('cc'),
    }),
    hex('00000018 06 00000008 00000002 aabb 0000010000000000 00000001'),
    'the payload follows',
  );
  assert.deepEqual(
    encodeRequest(9, { type: 'mkdir', fields: [{ text: 'a' }, { permissions: undefined }] }),
    hex('0000000e 0e 00000009 00000001 61 00000000'),
  );
});

test('answers are read as the draft writes them', () => {
  const version = decodeVersion(hex('02 00000003 00000001 61 00000001 31'));
  assert.deepEqual([version.version, [...version.extensions]], [3, [['a', '1']]]);
  assert.deepEqual(decodeResponse(hex('65 00000007 00000002 00000003 6e6f70 00000000')), {
    kind: 'status',
    id: 7,
    code: 2,
    message: 'nop',
  });
  assert.deepEqual(decodeResponse(hex('65 00000007 00000004')), {
    kind: 'status',
    id: 7,
    code: 4,
    message: '',
  });
  const attributes =
    '8000000f 0000000100000000 00000001 00000002 000081a4 00000005 00000006 00000001 00000001 78 00000000';
  assert.deepEqual(decodeResponse(hex(`69 00000001 ${attributes}`)), {
    kind: 'attrs',
    id: 1,
    attributes: { sizeBytes: 2 ** 32, mode: 0o100644, modifiedSeconds: 6 },
  });
  assert.deepEqual(decodeResponse(hex(`68 00000001 00000001 00000002 c3a4 00000001 6c ${attributes}`)), {
    kind: 'name',
    id: 1,
    entries: [{ name: '\xc3\xa4', attributes: { sizeBytes: 2 ** 32, mode: 0o100644, modifiedSeconds: 6 } }],
  });
  const none = { sizeBytes: undefined, mode: undefined, modifiedSeconds: undefined };
  assert.deepEqual(decodeResponse(hex('69 00000001 00000000')), { kind: 'attrs', id: 1, attributes: none });
});

test('answers that lie about a length, or count to the moon, are refused', () => {
  for (const packet of [
    '',
    '65',
    '63 00000001',
    '66 00000001 ffffffff aa',
    '67 00000001 00000002 aa',
    '68 00000001 ffffffff',
    '69 00000001 00000001 ffffffffffffffff',
    '69 00000001 80000000 ffffffff',
  ]) {
    assert.throws(() => decodeResponse(hex(packet)), InvalidPacket, packet);
  }
  assert.throws(() => decodeVersion(hex('65 00000003')), InvalidPacket);
  assert.throws(() => decodeVersion(hex('02 00000003 00000001 61')), InvalidPacket);
});

test('garbage is an answer or an invalid packet, never anything else', (context) => {
  const random = seeded(context);
  const samples = [
    '02 00000003 00000001 61 00000001 31',
    '65 00000007 00000002 00000003 6e6f70 00000000',
    '66 00000007 00000002 aabb',
    '68 00000001 00000002 00000001 61 00000001 61 00000000 00000001 62 00000001 62 00000008 00000001 00000002',
    '69 00000001 00000005 0000000000000009 000081a4',
  ].map(hex);
  for (let round = 0; round < 20_000; round++) {
    const packet = mutated(samples[random.integer(samples.length)]!, random);
    for (const decode of [decodeResponse, decodeVersion]) {
      try {
        decode(packet);
      } catch (error) {
        assert(error instanceof InvalidPacket, `${packet.toString('hex')}: ${error}`);
      }
    }
  }
});

test('packets are found in a stream however it is cut', (context) => {
  const random = seeded(context);
  for (let round = 0; round < 200; round++) {
    const packets = Array.from({ length: 1 + random.integer(20) }, () =>
      random.bytes(1 + random.integer(300)),
    );
    const stream = Buffer.concat(
      packets.flatMap((packet) => {
        const head = Buffer.alloc(4);
        head.writeUInt32BE(packet.length);
        return [head, packet];
      }),
    );
    const splitter = new PacketSplitter();
    const found: Buffer[] = [];
    for (let at = 0; at < stream.length; ) {
      const length = 1 + random.integer(random.integer(2) === 0 ? 5 : 700);
      for (const packet of splitter.push(stream.subarray(at, at + length))) found.push(Buffer.from(packet));
      at += length;
    }
    assert.deepEqual(found, packets);
  }
});

test('a packet that says it is huge, or empty, ends the stream without its memory being taken', () => {
  for (const length of [0, packetBytesMax + 1, 0xffffffff]) {
    const head = Buffer.alloc(4);
    head.writeUInt32BE(length);
    assert.throws(() => [...new PacketSplitter().push(head)], InvalidPacket);
  }
});

function mutated(sample: Buffer, random: Random): Buffer {
  const packet = Buffer.from(sample);
  for (let change = random.integer(4); change > 0; change--) {
    packet[random.integer(packet.length)] = random.integer(3) === 0 ? 255 : random.integer(256);
  }
  return packet.subarray(0, random.integer(3) === 0 ? random.integer(packet.length) : packet.length);
}

type Random = ReturnType<typeof seeded>;

function seeded(context: { diagnostic(message: string): void }) {
  const seed = Number(process.env.BLOBS_SEED ?? randomInt(2 ** 32));
  context.diagnostic(`BLOBS_SEED=${seed}`);
  return new SeededBytes(seed);
}
