// The bytes of an answer, which say more than what the SDK makes of them: the order of a listing, and settings in the form
// that our own reader takes.

import { Readable } from 'node:stream';
import type {
  $Command,
  S3ClientResolvedConfig,
  ServiceInputTypes,
  ServiceOutputTypes,
} from '@aws-sdk/client-s3';
import { bytesPerMiB } from '../../limits.ts';
import type { Source } from './open-source.ts';
import { SourceMismatch } from './source-error.ts';

type Asking<Input extends ServiceInputTypes, Output extends ServiceOutputTypes> = $Command<
  Input,
  Output,
  S3ClientResolvedConfig,
  ServiceInputTypes,
  ServiceOutputTypes
>;

/** Throws what the SDK throws. The bytes of one answer are held: no more than S3's bounds of listings and settings allow. */
export async function rawAnswer<Input extends ServiceInputTypes, Output extends ServiceOutputTypes>(
  { client }: Pick<Source, 'client'>,
  command: Asking<Input, Output>,
): Promise<Buffer> {
  let bytes: Buffer = Buffer.alloc(0);
  command.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      const response = result.response as { body?: AsyncIterable<Uint8Array> | undefined };
      bytes = response.body === undefined ? Buffer.alloc(0) : await held(response.body);
      response.body = Readable.from(bytes.byteLength === 0 ? [] : [bytes]);
      return result;
    },
    // Next to the connection: before anybody reads the body.
    { step: 'deserialize', name: 'keepBytes', priority: 'low', override: true },
  );
  await client.send(command);
  return bytes;
}

async function held(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.byteLength;
    if (bytes > answerBytesMax)
      throw new SourceMismatch(`an answer of more than ${answerBytesMax} bytes came`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** A page of 1,000 keys of 1,024 bytes, each three characters, is a fifth of it. */
const answerBytesMax = 16 * bytesPerMiB;
