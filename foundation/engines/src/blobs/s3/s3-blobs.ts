// Blobs as objects of a bucket, on AWS or anything that speaks S3: a name is the key after the URL's prefix.
//
// S3 stores whole objects or none, is durable when it answers and consistent at once, and `If-None-Match: *` picks one
// of two writers. The SDK retries what may be retried, and both sides check the bytes by CRC-32.

import {
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  type GetObjectCommandOutput,
  HeadObjectCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandOutput,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { Random } from '@cairn/world';
import type {
  BlobBody,
  BlobContent,
  BlobInfo,
  BlobPage,
  Blobs,
  ByteRange,
  GetOptions,
  ListOptions,
  PutOptions,
} from '../blobs.ts';
import { BlobsError } from '../blobs-error.ts';
import { untilAborted } from '../until-aborted.ts';
import { isMissing, toBlobsError } from './s3-error.ts';
import type { S3Place } from './s3-url.ts';
import { type S3Target, S3Writer } from './s3-writer.ts';

export class S3Blobs implements Blobs {
  readonly #client: S3Client;
  readonly #place: S3Place;
  readonly #writer: S3Writer;

  constructor(options: { client: S3Client; place: S3Place; random: Random }) {
    this.#client = options.client;
    this.#place = options.place;
    this.#writer = new S3Writer(options.client, options.random);
  }

  put(name: string, body: BlobBody, options: PutOptions = {}): Promise<'stored' | 'exists'> {
    return this.#writer.put(this.#targetOf(name), body, options);
  }

  async get(name: string, { range, signal }: GetOptions = {}): Promise<BlobContent | undefined> {
    const attempted = `get ${JSON.stringify(name)}`;
    const command = new GetObjectCommand({
      ...this.#targetOf(name),
      ...(range && { Range: toHeader(range) }),
    });
    try {
      const response = await this.#client.send(command, signal && { abortSignal: signal });
      const info = toInfo(name, { ...response, ContentLength: sizeOf(response) });
      if (range !== undefined && range.start + range.length > info.sizeBytes) {
        leave(response);
        throw outOfRange(range, { attempted, detail: `the blob has ${info.sizeBytes}` });
      }
      return { info, body: await readBody(response, { attempted, signal }) };
    } catch (error) {
      signal?.throwIfAborted();
      if (isMissing(error)) return undefined;
      throw toBlobsError(error, attempted);
    }
  }

  async head(name: string): Promise<BlobInfo | undefined> {
    try {
      return toInfo(name, await this.#client.send(new HeadObjectCommand(this.#targetOf(name))));
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw toBlobsError(error, `look up ${JSON.stringify(name)}`);
    }
  }

  async delete(names: readonly string[]): Promise<void> {
    try {
      const keys = names.map((name) => this.#targetOf(name).Key);
      const writable = keys.filter((key) => !notInXml.test(key));
      for (let start = 0; start < writable.length; start += deleteBatch) {
        await this.#deleteBatch(writable.slice(start, start + deleteBatch));
      }
      for (const key of keys.filter((key) => notInXml.test(key))) {
        await this.#client.send(new DeleteObjectCommand({ Bucket: this.#place.bucket, Key: key }));
      }
    } catch (error) {
      throw toBlobsError(error, `delete ${names.length} blobs`);
    }
  }

  async list({ prefix, after, limit }: ListOptions): Promise<BlobPage> {
    const { bucket, keyPrefix } = this.#place;
    const blobs: BlobInfo[] = [];
    let token: string | undefined;
    try {
      do {
        const page = await this.#client.send(
          new ListObjectsV2Command({
            Bucket: bucket,
            Prefix: keyPrefix + prefix,
            MaxKeys: limit! - blobs.length,
            EncodingType: 'url', // a key may hold what XML cannot
            ...(after !== undefined && { StartAfter: keyPrefix + after }),
            ...(token !== undefined && { ContinuationToken: token }),
          }),
        );
        for (const entry of page.Contents ?? []) {
          const key = page.EncodingType === 'url' ? decodeKey(entry.Key!) : entry.Key!;
          blobs.push(toInfo(key.slice(keyPrefix.length), { ...entry, ContentLength: entry.Size }));
        }
        token = tokenBehind(page, token);
      } while (token !== undefined && blobs.length < limit!); // a page may hold fewer than asked for
    } catch (error) {
      throw toBlobsError(error, `list ${JSON.stringify(prefix)}`);
    }
    return { blobs, more: token !== undefined };
  }

  async close(): Promise<void> {
    this.#client.destroy();
  }

  async #deleteBatch(keys: readonly string[]): Promise<void> {
    const { Errors } = await this.#client.send(
      new DeleteObjectsCommand({
        Bucket: this.#place.bucket,
        Delete: { Objects: keys.map((Key) => ({ Key })), Quiet: true },
      }),
    );
    const [first] = Errors ?? [];
    if (first === undefined) return;
    throw Object.assign(new Error(`${first.Key}: ${first.Message}`), { name: first.Code ?? 'Error' });
  }

  #targetOf(name: string): S3Target {
    return { Bucket: this.#place.bucket, Key: this.#place.keyPrefix + name };
  }
}

/** A short body is read at once, so that it holds no connection. */
async function readBody(
  response: GetObjectCommandOutput,
  options: { readonly attempted: string; readonly signal: AbortSignal | undefined },
): Promise<AsyncIterable<Uint8Array>> {
  const body = streamBody(response, options);
  if ((response.ContentLength ?? Number.POSITIVE_INFINITY) > readAtOnceBytesMax) return body;
  return replay(await Array.fromAsync(body));
}

async function* replay(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* pieces;
}

async function* streamBody(
  response: GetObjectCommandOutput,
  { attempted, signal }: { readonly attempted: string; readonly signal: AbortSignal | undefined },
): AsyncGenerator<Uint8Array> {
  try {
    yield* untilAborted(response.Body as AsyncIterable<Uint8Array>, signal);
  } catch (error) {
    signal?.throwIfAborted();
    throw toBlobsError(error, attempted);
  } finally {
    leave(response);
  }
}

/** Frees the connection of a response whose body is not wanted. */
function leave(response: GetObjectCommandOutput): void {
  (response.Body as { destroy?: () => void } | undefined)?.destroy?.();
}

type ObjectHeaders = {
  readonly ContentLength?: number | undefined;
  readonly LastModified?: Date | undefined;
};

/** Of the next page; undefined when there is none. A listing that stops, or goes round in circles, is no shorter one. */
function tokenBehind(page: ListObjectsV2CommandOutput, token: string | undefined): string | undefined {
  if (!page.IsTruncated) return undefined;
  const next = page.NextContinuationToken;
  if (next !== undefined && (next !== token || page.Contents?.length)) return next;
  const detail = next === undefined ? 'there is more, and no token for it' : 'the same page comes again';
  throw new BlobsError('failed', { attempted: 'list a bucket', detail });
}

function toInfo(name: string, headers: ObjectHeaders): BlobInfo {
  return { name, sizeBytes: headers.ContentLength ?? 0, modifiedMs: headers.LastModified?.getTime() ?? 0 };
}

/** Of the whole blob: with a range, the length is that of the range and the size stands after the `/`. */
function sizeOf(response: GetObjectCommandOutput): number | undefined {
  const total = response.ContentRange?.split('/')[1];
  return total === undefined ? response.ContentLength : Number(total);
}

function toHeader({ start, length }: ByteRange): string {
  return `bytes=${start}-${start + length - 1}`;
}

/** Servers cut a range that leads beyond the end, as RFC 9110 says; the port promises to refuse it. */
function outOfRange(range: ByteRange, options: { attempted: string; detail: string }): BlobsError {
  const detail = `${range.length} bytes from ${range.start}, ${options.detail}`;
  return new BlobsError('invalid-range', { attempted: options.attempted, detail });
}

/** Keys are listed as in a query string, where + is a space. */
function decodeKey(encoded: string): string {
  return decodeURIComponent(encoded.replaceAll('+', ' '));
}

const deleteBatch = 1000;
/** Characters that XML 1.0 cannot express at all, so that a key with them cannot be in a DeleteObjects request. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
const notInXml = /[\u0001-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;
const readAtOnceBytesMax = 256 * 1024;
