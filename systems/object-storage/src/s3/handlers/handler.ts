// What a handler is: a function from a request that was authenticated, authorized and taken apart, to an answer.
// Handlers know neither sockets nor signatures; what they refuse they throw as ObjectStorageError.

import type { Principal } from '@cairn/service';
import type { ObjectBody } from '../../core/object-body.ts';
import type { Readable } from '../../core/object-content.ts';
import type { ObjectName, ObjectStorage } from '../../core/object-storage.ts';
import type { S3ChecksumAlgorithm } from '../body/checksum-claim.ts';
import type { RequestHeaders } from '../signature/signature-claim.ts';
import type { Query } from '../target/query.ts';

export type Handler = (request: S3Request, context: S3Context) => Promise<S3Response>;

export type S3Request = ObjectName & {
  readonly query: Query;
  readonly headers: RequestHeaders;
  readonly principal: Principal;
  /** Where the client reached us, without a path: `http://127.0.0.1:9000`. */
  readonly origin: string;
  /** The length of the body is given or it is known that there is one. */
  readonly hasBody: boolean;
  /** The body, decoded and verified while it is read. May be called once; throws what the headers say wrongly. */
  body(options?: BodyOptions): ObjectBody;
  /** Whether the principal may do something further: read the source of a copy, delete one of many. */
  allows(action: string, name: { readonly bucket: string; readonly key?: string }): Promise<boolean>;
};

export type BodyOptions = {
  /** A checksum to compute when the client sends none. */
  readonly keep?: S3ChecksumAlgorithm | undefined;
  /** False where `x-amz-checksum-*` is about something else than this body. */
  readonly checksumIsOfBody?: boolean;
};

export type S3Context = {
  readonly storage: ObjectStorage;
  readonly region: string;
  /** Owns every bucket and object. */
  readonly account: string;
};

export type S3Response = {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: ResponseBody;
};

export type ResponseBody =
  | { readonly kind: 'xml'; readonly text: string }
  /** Is closed whatever happens. */
  | { readonly kind: 'content'; readonly content: Readable }
  /** For HEAD: a length without bytes. */
  | { readonly kind: 'length'; readonly sizeBytes: number };

export function xmlResponse(text: string, headers?: Readonly<Record<string, string>>): S3Response {
  return { status: 200, ...(headers && { headers }), body: { kind: 'xml', text } };
}

export const noContent: S3Response = { status: 204 };
