// A repository of the backup service as blobs. The service keeps the port's promises; here they cross HTTP.

import type { IncomingMessage } from 'node:http';
import {
  type BlobBody,
  type BlobContent,
  type BlobInfo,
  type BlobPage,
  type Blobs,
  BlobsError,
  type GetOptions,
  type ListOptions,
  type OpenBlobsOptions,
  type PutOptions,
  untilAborted,
} from '@cairn/engines/blobs';
import { z } from 'zod';
import {
  readAll,
  readPieces,
  refusalAsBlobsError,
  type ServiceCall,
  ServiceConnection,
  ServiceRefusal,
} from './service-connection.ts';
import { authorizationOf } from './service-credentials.ts';
import { parseServiceUrl } from './service-url.ts';

/** Opens `cairn://` and `cairns://`; nothing is sent before the first call. Throws `BlobsError`. */
export async function openServiceBlobs(options: OpenBlobsOptions): Promise<Blobs> {
  return new ServiceBlobs(connectToService(options));
}

export function connectToService({ url, credentials }: Pick<OpenBlobsOptions, 'url' | 'credentials'>) {
  return new ServiceConnection(parseServiceUrl(url), authorizationOf(credentials, process.env));
}

const infoSchema = z.object({ name: z.string(), sizeBytes: z.number(), modifiedMs: z.number() });
const pageSchema = z.object({ blobs: z.array(infoSchema), more: z.boolean() });
const outcomeSchema = z.object({ outcome: z.enum(['stored', 'exists']) });

class ServiceBlobs implements Blobs {
  readonly #service: ServiceConnection;

  constructor(service: ServiceConnection) {
    this.#service = service;
  }

  async put(name: string, body: BlobBody, options: PutOptions = {}): Promise<'stored' | 'exists'> {
    const attempted = `put ${JSON.stringify(name)}`;
    const answer = await this.#call({
      method: 'PUT',
      path: 'objects',
      query: { name },
      body,
      attempted,
      signal: options.signal,
      ...(options.ifAbsent && { headers: { 'if-none-match': '*' } }),
    });
    return parse(outcomeSchema, await readAll(answer, attempted, documentBytesMax), attempted).outcome;
  }

  async get(name: string, options: GetOptions = {}): Promise<BlobContent | undefined> {
    const attempted = `get ${JSON.stringify(name)}`;
    const { range, signal } = options;
    const answer = await this.#callForObject({
      method: 'GET',
      path: 'objects',
      query: { name },
      attempted,
      signal,
      ...(range !== undefined && {
        headers: { range: `bytes=${range.start}-${range.start + range.length - 1}` },
      }),
    });
    if (answer === undefined) return undefined;
    const info = infoOf(name, answer, attempted);
    const length = range?.length ?? info.sizeBytes;
    if (length > readAtOnceBytesMax)
      return { info, body: untilAborted(readPieces(answer, attempted), signal) };
    return { info, body: once(await readAll(answer, attempted, length)) };
  }

  async head(name: string): Promise<BlobInfo | undefined> {
    const attempted = `look up ${JSON.stringify(name)}`;
    const answer = await this.#callForObject({ method: 'HEAD', path: 'objects', query: { name }, attempted });
    answer?.resume();
    return answer && infoOf(name, answer, attempted);
  }

  async delete(names: readonly string[]): Promise<void> {
    const attempted = `delete ${names.length} blobs`;
    for (let start = 0; start < names.length; start += namesPerRequest) {
      const body = Buffer.from(JSON.stringify({ names: names.slice(start, start + namesPerRequest) }));
      const answer = await this.#call({ method: 'POST', path: 'delete', body, attempted });
      answer.resume();
    }
  }

  async list(options: ListOptions): Promise<BlobPage> {
    const attempted = `list ${JSON.stringify(options.prefix)}`;
    const query = {
      prefix: options.prefix,
      limit: String(options.limit ?? namesPerRequest),
      ...(options.after !== undefined && { after: options.after }),
    };
    const answer = await this.#call({ method: 'GET', path: 'list', query, attempted });
    return parse(pageSchema, await readAll(answer, attempted, documentBytesMax), attempted);
  }

  async close(): Promise<void> {
    this.#service.close();
  }

  async #call(call: ServiceCall): Promise<IncomingMessage> {
    try {
      return await this.#service.call(call);
    } catch (error) {
      throw error instanceof ServiceRefusal ? refusalAsBlobsError(error, call.attempted) : error;
    }
  }

  /** Undefined when there is no such object, or no such repository. */
  async #callForObject(call: ServiceCall): Promise<IncomingMessage | undefined> {
    try {
      return await this.#service.call(call);
    } catch (error) {
      if (!(error instanceof ServiceRefusal)) throw error;
      if (error.status === 404) return undefined;
      throw refusalAsBlobsError(error, call.attempted);
    }
  }
}

function infoOf(name: string, answer: IncomingMessage, attempted: string): BlobInfo {
  const sizeBytes = Number(answer.headers['cairn-size']);
  const modifiedMs = Number(answer.headers['cairn-modified']);
  if (!Number.isSafeInteger(sizeBytes) || !Number.isFinite(modifiedMs)) throw notOurs(attempted);
  return { name, sizeBytes, modifiedMs };
}

function parse<Value>(schema: z.ZodType<Value>, bytes: Buffer, attempted: string): Value {
  try {
    return schema.parse(JSON.parse(bytes.toString('utf8')));
  } catch (cause) {
    throw notOurs(attempted, cause);
  }
}

function notOurs(attempted: string, cause?: unknown): BlobsError {
  return new BlobsError('failed', { attempted, detail: 'what answers is no backup service', cause });
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  if (bytes.length > 0) yield bytes;
}

const namesPerRequest = 1000;
/** A page of a listing: 1,000 names of 900 bytes, each byte as an escape, and what is told of them. */
const documentBytesMax = 8 * 1024 * 1024;
const readAtOnceBytesMax = 256 * 1024;
