// What of an object a client gets, and how the answer describes it: ranges, parts, conditions, and headers of its choice.

import { type FieldLines, fieldLines } from '@cairn/service';
import type {
  ByteRange,
  CustomerKey,
  ObjectInfo,
  ObjectTag,
  StoredChecksum,
} from '../../core/object-storage.ts';
import { ObjectStorageError } from '../../errors.ts';
import type { ActiveRules } from '../../lifecycle/lifecycle-rules.ts';
import { parseRange } from '../headers/byte-range.ts';
import { encryptionHeaders, existingObjectKey } from '../headers/encryption-headers.ts';
import { expirationHeaders } from '../headers/expiration.ts';
import { headerOfParameter } from '../headers/header-text.ts';
import { keptHeaders } from '../headers/object-attributes.ts';
import { objectHeaders, type ResponseHeaders } from '../headers/object-headers.ts';
import { matches, readConditions, requireConditions } from '../headers/read-conditions.ts';
import { versionName } from '../headers/version.ts';
import type { S3Request, S3Response } from './handler.ts';
import { partNumber } from './parameters.ts';

/** Decided once the description of the object is known. */
export class ObjectSelection {
  readonly #request: S3Request;
  readonly #overrides: ResponseHeaders;
  readonly #rules: ActiveRules | undefined;
  #info: ObjectInfo | undefined;
  #range: ByteRange | undefined;
  #tagCount = 0;

  readonly partNumber: number | undefined;
  readonly customerKey: CustomerKey | undefined;

  constructor(request: S3Request, rules: ActiveRules | undefined) {
    this.#rules = rules;
    this.partNumber = requestedPart(request);
    this.customerKey = existingObjectKey(request.headers);
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
    this.#range = info.part === undefined ? parseRange(wanted, info.sizeBytes) : info.part.range;
    // The one part of an empty object is no range that a header could name.
    if (this.#range?.length === 0) this.#range = undefined;
    return this.#range;
  }

  /** Shown to who may see the tags. */
  async countTags(tags: readonly ObjectTag[]): Promise<void> {
    const name = versionName(this.#request);
    const action = name.versionId === undefined ? 's3:GetObjectTagging' : 's3:GetObjectVersionTagging';
    this.#tagCount = (await this.#request.allows(action, name)) ? tags.length : 0;
  }

  response(): S3Response {
    const range = this.#range;
    if (range === undefined) return { status: 200, headers: this.#headers() };
    const last = range.start + range.length - 1;
    const contentRange = `bytes ${range.start}-${last}/${this.#info!.sizeBytes}`;
    return { status: 206, headers: { ...this.#headers(), 'content-range': contentRange } };
  }

  /** The same of an object whose description is remembered: most answers name nothing else, and that is written once. */
  responseOfKnown(): S3Response {
    return this.#isUsual() ? { status: 200, lines: linesOf(this.#info!) } : this.response();
  }

  /** Nothing that the request says shows in the headers. The access log wants to find a version's id among them. */
  #isUsual(): boolean {
    const info = this.#info!;
    return (
      this.#range === undefined &&
      this.#rules === undefined &&
      this.#overrides === none &&
      this.partNumber === undefined &&
      info.encryption === undefined &&
      info.versionId === undefined &&
      this.#request.headers['x-amz-checksum-mode'] === undefined
    );
  }

  /** 304 is no error to the client: it carries what the client's copy is validated by. */
  responseTo(error: unknown): S3Response {
    if (!(error instanceof ObjectStorageError) || error.code !== 'NotModified') throw error;
    const headers = this.#headers();
    const kept = validatorHeaders.filter((name) => headers[name] !== undefined);
    return { status: 304, headers: Object.fromEntries(kept.map((name) => [name, headers[name]!])) };
  }

  #headers(): ResponseHeaders {
    const info = this.#info!;
    const asked = this.#request.headers['x-amz-checksum-mode']?.toUpperCase() === 'ENABLED';
    const headers = objectHeaders(info, { checksum: asked ? this.#checksum(info) : undefined });
    if (this.partNumber !== undefined && info.partCount !== undefined)
      headers['x-amz-mp-parts-count'] = String(info.partCount);
    if (this.#tagCount > 0) headers['x-amz-tagging-count'] = String(this.#tagCount);
    if (info.encryption !== undefined)
      Object.assign(headers, encryptionHeaders(info.encryption, this.#request.headers));
    // A version that is asked for by its id may be none that expires.
    if (this.#rules !== undefined && !this.#request.query.has('versionId'))
      Object.assign(headers, expirationHeaders(this.#rules, info));
    return Object.assign(headers, this.#overrides);
  }

  /** Of exactly the bytes that the client gets, or none. */
  #checksum(info: ObjectInfo): StoredChecksum | undefined {
    if (info.part !== undefined) return info.part.checksum;
    return this.#range === undefined ? info.checksum : undefined;
  }
}

const knownLines = new WeakMap<ObjectInfo, FieldLines>();

function linesOf(info: ObjectInfo): FieldLines {
  const known = knownLines.get(info);
  if (known !== undefined) return known;
  const lines = fieldLines(objectHeaders(info, { checksum: undefined }));
  knownLines.set(info, lines);
  return lines;
}

const validatorHeaders = ['etag', 'last-modified', 'cache-control', 'expires', 'x-amz-version-id'] as const;

/** Throws InvalidArgument, and InvalidRequest together with a range. */
function requestedPart({ query, headers }: S3Request): number | undefined {
  if (!query.has('partNumber')) return undefined;
  if (headers.range === undefined) return partNumber(query);
  throw new ObjectStorageError('InvalidRequest', {
    message: 'Cannot specify both Range header and partNumber query parameter',
  });
}

const none: ResponseHeaders = {};

/** Headers of the answer that the client chose, mostly with a presigned URL. Throws InvalidArgument. */
function overriddenHeaders({ query, principal }: S3Request): ResponseHeaders {
  if (query.size === 0) return none;
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
