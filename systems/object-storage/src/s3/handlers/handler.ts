// What a handler is: a function from a request that was authenticated, authorized and taken apart, to an answer.
// Handlers know neither sockets nor signatures; what they refuse they throw as ObjectStorageError.

import type { FieldLines, Principal } from '@cairn/service';
import type { Clock } from '@cairn/world';
import type { ObjectBody } from '../../core/object-body.ts';
import type { Readable } from '../../core/object-content.ts';
import type { ObjectName, ObjectStorage } from '../../core/object-storage.ts';
import type { ChangeOrigin } from '../../events/event-record.ts';
import type { UserDirectory } from '../access/grantees.ts';
import type { OwnerMode } from '../access/owners.ts';
import type { ContextValues, Ground, RequestAccess, Target } from '../access/request-access.ts';
import type { S3ChecksumAlgorithm } from '../body/checksum-claim.ts';
import type { FormAuthenticator } from '../post-policy/form-signature.ts';
import type { RequestHeaders, Signed } from '../signature/signature-claim.ts';
import type { Query } from '../target/query.ts';

/** Answers at once where there is nothing to wait for. */
export type Handler = (request: S3Request, context: S3Context) => S3Response | Promise<S3Response>;

export type S3Request = ObjectName & {
  readonly query: Query;
  readonly headers: RequestHeaders;
  readonly principal: Principal;
  /** Who asks, as an owner, and what more he may do. */
  readonly access: RequestAccess;
  /** On what ground the operation was allowed; undefined when the handler asks for itself. */
  readonly ground: Ground | undefined;
  /** Where the client reached what it asks for, in its own style: `http://127.0.0.1:9000/bucket/key`. */
  readonly location: string;
  /** The length of the body is given or it is known that there is one. */
  readonly hasBody: boolean;
  /** The body, decoded and verified while it is read. May be called once; throws what the headers say wrongly. */
  body(options?: BodyOptions): ObjectBody;
  /** Undefined when work of about a millisecond may be done at once, else a promise to wait for before. */
  turn(): Promise<void> | undefined;
  /** Whether the principal may do something further: read the source of a copy, delete one of many. */
  allows(action: string, target: Target, more?: ContextValues): Promise<boolean>;
  /** What somebody may do who proved who he is in the body, which says what other requests say in headers. */
  accessOf(claims: SignedClaims): RequestAccess;
  /** Who asks, from where and in which request, for the event of a change; `access` when somebody else than who signed. */
  origin(access?: RequestAccess): ChangeOrigin;
};

/** Who says what, and how he signed it; not at all when he is anonymous. */
export type SignedClaims = {
  readonly principal: Principal;
  readonly headers: RequestHeaders;
  readonly signed: Signed | undefined;
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
  readonly account: string;
  readonly owners: OwnerMode;
  /** Whom grants may name. */
  readonly users: UserDirectory;
  /** Tells who made a form. */
  readonly forms: FormAuthenticator;
  readonly clock: Pick<Clock, 'nowMs'>;
};

export type S3Response = {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** More of them, as they are sent. */
  readonly lines?: FieldLines;
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

export function textResponse(text: string, contentType: string): S3Response {
  const whole = Buffer.from(text);
  const content: Readable = {
    sizeBytes: whole.length,
    whole,
    async *chunks() {
      yield whole;
    },
    close() {},
  };
  return { status: 200, headers: { 'content-type': contentType }, body: { kind: 'content', content } };
}

export const done: S3Response = { status: 200 };
export const noContent: S3Response = { status: 204 };
