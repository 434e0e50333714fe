// Puts blobs into S3: bytes in one request, streams in parts of a multipart upload (or in one, when they fit).
//
// `ifAbsent` is `If-None-Match: *`. A request whose answer was lost is sent again and then finds the object that it made
// itself, so each such object carries a mark of its own, which is looked up when 412 answers a repeated request.

import { Readable } from 'node:stream';
import {
  HeadObjectCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  type S3Client,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import type { Random } from '@cairn/world';
import type { BlobBody, PutOptions } from '../blobs.ts';
import { WatchedSource } from '../watched-source.ts';
import { failureOf, isMissing, toBlobsError } from './s3-error.ts';

export type S3Target = { readonly Bucket: string; readonly Key: string };

export class S3Writer {
  readonly #client: S3Client;
  readonly #random: Random;

  constructor(client: S3Client, random: Random) {
    this.#client = client;
    this.#random = random;
  }

  async put(target: S3Target, body: BlobBody, options: PutOptions): Promise<'stored' | 'exists'> {
    const mark = options.ifAbsent ? this.#random.bytes(16).toString('hex') : undefined;
    const condition = mark === undefined ? {} : { IfNoneMatch: '*', Metadata: { [markName]: mark } };
    const source = body instanceof Uint8Array ? body : new WatchedSource(body, options.signal);
    const input = { ...target, ...condition };
    try {
      if (source instanceof Uint8Array) await this.#putBytes(input, source, options.signal);
      else await this.#upload(input, source, options.signal);
      return 'stored';
    } catch (error) {
      options.signal?.throwIfAborted();
      if (source instanceof WatchedSource && source.failure !== undefined) throw source.failure.error;
      const outcome = mark === undefined ? undefined : await this.#outcomeOf(error, { target, mark });
      if (outcome !== undefined) return outcome;
      throw toBlobsError(error, `put ${JSON.stringify(target.Key)}`);
    }
  }

  async #putBytes(input: PutObjectCommandInput, bytes: Uint8Array, signal?: AbortSignal): Promise<void> {
    const command = new PutObjectCommand({ ...input, Body: bytes, ContentLength: bytes.length });
    await this.#client.send(command, signal && { abortSignal: signal });
  }

  async #upload(input: PutObjectCommandInput, source: WatchedSource, signal?: AbortSignal): Promise<void> {
    const upload = new Upload({
      client: this.#client,
      params: { ...input, Body: Readable.from(source) },
      partSize: partBytes,
      queueSize: partsAtOnce,
      leavePartsOnError: false,
    });
    const onAbort = () => void upload.abort(); // also when the source has ended and parts are still under way
    signal?.addEventListener('abort', onAbort);
    await upload.done().finally(() => signal?.removeEventListener('abort', onAbort));
  }

  /** What a refused condition means; undefined when the error is another one. */
  async #outcomeOf(
    error: unknown,
    { target, mark }: { readonly target: S3Target; readonly mark: string },
  ): Promise<'stored' | 'exists' | undefined> {
    const { name, status, attempts } = failureOf(error);
    const isConflict = status === 409 && name === 'ConditionalRequestConflict';
    if (status !== 412 && !isConflict) return undefined;
    if (status === 412 && attempts === 1) return 'exists';
    const found = await this.#markOf(target);
    if (found === undefined) return undefined; // deleted meanwhile: the caller may try again
    return found === mark ? 'stored' : 'exists';
  }

  /** Undefined when there is no object; empty when it has no mark. */
  async #markOf(target: S3Target): Promise<string | undefined> {
    try {
      const { Metadata } = await this.#client.send(new HeadObjectCommand(target));
      return Metadata?.[markName] ?? '';
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw toBlobsError(error, `look up ${JSON.stringify(target.Key)}`);
    }
  }
}

const markName = 'cairn-write';
/** As the aws command's parts. 10,000 of them, all that S3 takes, make 78 GiB: the largest stream. */
const partBytes = 8 * 1024 * 1024;
/** Memory of one put of a stream: this many parts. */
const partsAtOnce = 4;
