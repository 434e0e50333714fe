// What a request claims about itself before anything is verified: from the Authorization header or the query.

import type { AmzDate } from './amz-date.ts';
import type { Credential } from './credential.ts';

export type SignatureClaim = {
  readonly location: 'header' | 'query';
  readonly credential: Credential;
  /** Lower case, in the order given, which is part of what is signed. */
  readonly signedHeaders: readonly string[];
  /** The same, with semicolons between them. */
  readonly signedHeadersText: string;
  /** 64 hexadecimal digits, or whatever the client sent. */
  readonly signature: string;
  readonly date: AmzDate;
  /** How long a presigned request is valid from its date on. */
  readonly expiresSeconds: number | undefined;
  /** `x-amz-content-sha256`, or what stands for it. */
  readonly payload: string | undefined;
};

/** How a request or a form was signed that was verified. */
export type Signed = {
  readonly location: SignatureClaim['location'] | 'form';
  /** Undefined of Signature V2, which does not say when. */
  readonly date: AmzDate | undefined;
};

/** Headers by lower-case name. */
export type RequestHeaders = Readonly<Record<string, string | undefined>>;
