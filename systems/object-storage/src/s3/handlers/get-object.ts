// GetObject and HeadObject: the object or one range of it, if the client's conditions hold.

import type { ByteRange, ObjectInfo } from '../../core/object-storage.ts';
import { ObjectStorageError } from '../../errors.ts';
import { parseRange } from '../headers/byte-range.ts';
import { headerOfParameter } from '../headers/header-text.ts';
import { keptHeaders } from '../headers/object-attributes.ts';
import { objectHeaders, type ResponseHeaders } from '../headers/object-headers.ts';
import { matches, readConditions, requireConditions } from '../headers/read-conditions.ts';
import { requireCurrentVersion } from '../headers/version.ts';
import type { Handler, S3Request, S3Response } from './handler.ts';
import { hidingAbsence } from './hidden-absence.ts';

export const getObject: Handler = async (request, { storage }) => {
  const { bucket, key } = request;
  const selection = new Selection(request);
  const select = (info: ObjectInfo) => selection.select(info);
  try {
    const { content } = await hidingAbsence(request, storage.getObject({ bucket, key, select }));
    return { ...selection.response(), body: { kind: 'content', content } };
  } catch (error) {
    return selection.responseTo(error);
  }
};

export const headObject: Handler = async (request, { storage }) => {
  const { bucket, key } = request;
  const selection = new Selection(request);
  try {
    const info = await hidingAbsence(request, storage.headObject({ bucket, key }));
    const sizeBytes = selection.select(info)?.length ?? info.sizeBytes;
    return { ...selection.response(), body: { kind: 'length', sizeBytes } };
  } catch (error) {
    return selection.responseTo(error);
  }
};

/** What of an object the client gets, decided once its description is known. */
class Selection {
  readonly #request: S3Request;
  readonly #overrides: ResponseHeaders;
  #info: ObjectInfo | undefined;
  #range: ByteRange | undefined;

  constructor(request: S3Request) {
    requireCurrentVersion(request.query.get('versionId'));
    this.#request = request;
    this.#overrides = overriddenHeaders(request);
  }

  /** Throws PreconditionFailed, NotModified, InvalidRange. May be asked again when the object changed meanwhile. */
  select(info: ObjectInfo): ByteRange | undefined {
    const { headers } = this.#request;
    this.#info = info;
    requireConditions(readConditions(headers), info);
    const ifRange = headers['if-range'];
    const wanted = ifRange === undefined || matches(ifRange, info) ? headers.range : undefined;
    this.#range = parseRange(wanted, info.sizeBytes);
    return this.#range;
  }

  response(): S3Response {
    const range = this.#range;
    if (range === undefined) return { status: 200, headers: this.#headers() };
    const last = range.start + range.length - 1;
    const contentRange = `bytes ${range.start}-${last}/${this.#info!.sizeBytes}`;
    return { status: 206, headers: { ...this.#headers(), 'content-range': contentRange } };
  }

  /** 304 is no error to the client: it carries what the client's copy is validated by. */
  responseTo(error: unknown): S3Response {
    if (!(error instanceof ObjectStorageError) || error.code !== 'NotModified') throw error;
    const { etag, 'last-modified': modified, 'cache-control': cache } = this.#headers();
    return {
      status: 304,
      headers: {
        etag: etag!,
        'last-modified': modified!,
        ...(cache !== undefined && { 'cache-control': cache }),
      },
    };
  }

  #headers(): ResponseHeaders {
    const asked = this.#request.headers['x-amz-checksum-mode']?.toUpperCase() === 'ENABLED';
    const withChecksum = asked && this.#range === undefined;
    return { ...objectHeaders(this.#info!, { withChecksum }), ...this.#overrides };
  }
}

/** Headers of the answer that the client chose, mostly with a presigned URL. Throws InvalidArgument. */
function overriddenHeaders({ query, principal }: S3Request): ResponseHeaders {
  const headers: ResponseHeaders = {};
  for (const name of keptHeaders) {
    const value = query.get(`response-${name}`);
    if (value !== undefined) headers[name] = headerOfParameter(name, value);
  }
  if (principal.type !== 'anonymous' || Object.keys(headers).length === 0) return headers;
  throw new ObjectStorageError('InvalidRequest', {
    message: 'Request specific response headers cannot be used for anonymous GET requests.',
  });
}
