// The generated codecs are what the generator writes, and agree with a second codec that is not generated.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { fileName } from '../codegen/file-name.ts';
import { messageFiles, messagesFolder, readSchemas } from '../codegen/message-files.ts';
import { type Message, ModelCodec, type Random } from '../codegen/model-codec.ts';
import type { MessageSchema } from '../codegen/schema.ts';
import { MalformedMessageError } from '../src/kafka/wire/malformed-message.ts';
import type { Decode } from '../src/kafka/wire/reader.ts';
import { Reader } from '../src/kafka/wire/reader.ts';
import { type Encode, Writer } from '../src/kafka/wire/writer.ts';

const root = resolve(import.meta.dirname, '../../..');
const rounds = 10;

/** mulberry32: the same messages in every run. */
function randomOf(seed: number): Random {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

type Codec = { readonly decode: Decode<Message>; readonly encode: Encode<Message> };

async function codecOf(schema: MessageSchema): Promise<Codec> {
  const module = await import(join(root, messagesFolder, fileName(schema.name)));
  return { decode: module[`decode${schema.name}`], encode: module[`encode${schema.name}`] };
}

test('the messages are what `npm run kafka-messages` writes', () => {
  for (const [path, text] of Object.entries(messageFiles(root)))
    assert.equal(
      readFileSync(join(root, path), 'utf8'),
      text,
      `${path} is out of date: npm run kafka-messages`,
    );
});

for (const schema of readSchemas()) {
  test(`${schema.name} is read and written as its schema says, in every version`, async () => {
    const { decode, encode } = await codecOf(schema);
    for (let version = schema.valid.from; version <= schema.valid.to; version++) {
      for (let seed = 0; seed < rounds; seed++) {
        const model = new ModelCodec(schema, { version, random: randomOf(seed * 1_000 + version) });
        const message = model.message();
        const bytes = model.encode(message);
        const reader = new Reader(bytes);
        const decoded = decode(reader, version);
        assert.equal(reader.remaining, 0, `version ${version}, seed ${seed}`);
        assert.deepEqual(plain(decoded), plain(message), `version ${version}, seed ${seed}`);
        const writer = new Writer();
        encode(writer, decoded, version);
        const written = writer.sizeBytes;
        const again = Buffer.concat(writer.finish());
        assert.equal(written, again.length);
        assert.deepEqual(again, bytes, `version ${version}, seed ${seed}`);
        refusesBeginnings(decode, { bytes, version });
      }
    }
  });
}

/** A message that ends too early is malformed, never a crash or a shorter message. */
function refusesBeginnings(decode: Decode<Message>, options: { bytes: Buffer; version: number }): void {
  const { bytes, version } = options;
  const step = Math.max(1, Math.floor(bytes.length / 20));
  for (let end = 0; end < bytes.length; end += step)
    assert.throws(() => decode(new Reader(bytes.subarray(0, end)), version), MalformedMessageError);
}

/** Buffers and byte arrays compare by content. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, plain(member)]));
}
