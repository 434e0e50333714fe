// Chunked bodies, valid and then damaged, cut at random: a valid one decodes to what was encoded, a damaged one decodes
// or is refused with an error of the table, and neither depends on the cuts.

import assert from 'node:assert/strict';
import { SeededRandom } from '@cairn/world/simulated';
import { encodeChunks } from '../../../test/clients/chunk-encoder.ts';
import { ObjectStorageError } from '../../errors.ts';
import { ChunkSignatures } from '../signature/chunk-signatures.ts';
import { ChunkedDecoder } from './chunked-decoder.ts';

const seed = { key: Buffer.alloc(32, 1), scope: 's', date: 'd', signature: '00' };

export type FuzzReport = { readonly decoded: number; readonly refused: number };

export function fuzzChunkedDecoder({ rounds, seed: start }: { rounds: number; seed: number }): FuzzReport {
  const random = new SeededRandom(start);
  const report = { decoded: 0, refused: 0 };
  for (let round = 0; round < rounds; round++) {
    const message = newMessage(random);
    const valid = decode(message, cut(message.body, random));
    assert.deepEqual(valid, message.payload, `seed ${start}, round ${round}: a valid body`);
    const body = damaged(message.body, random);
    const whole = decode(message, [body]);
    const pieces = decode(message, cut(body, random));
    assert.deepEqual(pieces, whole, `seed ${start}, round ${round}: a damaged body, cut and whole`);
    report[typeof whole === 'string' ? 'refused' : 'decoded'] += 1;
  }
  return report;
}

type Message = { body: Buffer; payload: Buffer; signed: boolean; trailer: boolean };

function newMessage(random: SeededRandom): Message {
  const sizes = [
    ...Array.from({ length: random.integer(3) }, () => 8_192 + random.integer(4)),
    random.integer(50),
  ];
  const chunks = sizes.filter((size) => size > 0).map((size) => random.bytes(size));
  const [signed, trailer] = [random.integer(2) === 1, random.integer(2) === 1];
  const options = {
    seed: signed ? seed : undefined,
    trailer: trailer ? ['x-amz-checksum-crc32:AAAAAA=='] : undefined,
  };
  return { body: encodeChunks(chunks, options), payload: Buffer.concat(chunks), signed, trailer };
}

/** The payload, or the code it was refused with. */
function decode({ payload, signed, trailer }: Message, pieces: readonly Buffer[]): Buffer | string {
  const signatures = signed ? new ChunkSignatures(seed) : undefined;
  const decoder = new ChunkedDecoder({ sizeBytes: payload.length, trailer, signatures });
  const decoded: Uint8Array[] = [];
  try {
    for (const piece of pieces) decoded.push(...decoder.push(piece));
    decoder.finish();
    return Buffer.concat(decoded);
  } catch (error) {
    if (error instanceof ObjectStorageError) return error.code;
    throw error;
  }
}

function cut(body: Buffer, random: SeededRandom): Buffer[] {
  const pieces: Buffer[] = [];
  const bytesMax = [1, 5, 100, 10_000][random.integer(4)]!;
  for (let at = 0; at < body.length; ) {
    const length = 1 + random.integer(bytesMax);
    pieces.push(body.subarray(at, at + length));
    at += length;
  }
  return pieces;
}

/** One byte changed, or some taken out, doubled, or put in; more often where the framing is. */
function damaged(body: Buffer, random: SeededRandom): Buffer {
  const nearEnd = random.integer(3) > 0 ? Math.min(body.length, 200) : body.length;
  const at = body.length - 1 - random.integer(nearEnd);
  const length = random.integer(20);
  const between = [random.bytes(1), Buffer.alloc(0), body.subarray(at, at + length), Buffer.from('\r\n')];
  const end = [at + 1, at + length, at + length, at][random.integer(4)]!;
  return Buffer.concat([body.subarray(0, at), between[random.integer(4)]!, body.subarray(Math.max(at, end))]);
}
