// The bytes of an answer, which say more than what the SDK makes of them: the order of a listing, and settings in the form
// that our own reader takes.

import { Readable } from 'node:stream';
import type {
  $Command,
  S3ClientResolvedConfig,
  ServiceInputTypes,
  ServiceOutputTypes,
} from '@aws-sdk/client-s3';
import type { Source } from './open-source.ts';

type Asking<Input extends ServiceInputTypes, Output extends ServiceOutputTypes> = $Command<
  Input,
  Output,
  S3ClientResolvedConfig,
  ServiceInputTypes,
  ServiceOutputTypes
>;

/** Throws what the SDK throws. The bytes of one answer are held: listings and settings are bounded by S3. */
export async function rawAnswer<Input extends ServiceInputTypes, Output extends ServiceOutputTypes>(
  { client }: Pick<Source, 'client'>,
  command: Asking<Input, Output>,
): Promise<Buffer> {
  let bytes = Buffer.alloc(0);
  command.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      const response = result.response as { body?: AsyncIterable<Uint8Array> | undefined };
      const chunks = response.body === undefined ? [] : await Array.fromAsync(response.body);
      bytes = Buffer.concat(chunks);
      response.body = Readable.from(bytes.byteLength === 0 ? [] : [bytes]);
      return result;
    },
    // Next to the connection: before anybody reads the body.
    { step: 'deserialize', name: 'keepBytes', priority: 'low', override: true },
  );
  await client.send(command);
  return bytes;
}
