// Where CORS meets the life of a request: a preflight is answered before anybody asks who sent it, and an answer to a
// script of another origin, also one that refuses, says whether it may be read.

import type { ObjectStorage } from '../../core/object-storage.ts';
import type { S3Response } from '../handlers/handler.ts';
import type { RequestHeaders } from '../signature/signature-claim.ts';
import { objectAddress } from '../target/object-address.ts';
import { parseRequestTarget } from '../target/request-target.ts';
import { corsHeadersFor, preflight } from './preflight.ts';

export type CorsRequest = {
  readonly method: string;
  /** As it was sent. */
  readonly target: string;
  readonly headers: RequestHeaders;
};

export type CorsOptions = {
  readonly storage: Pick<ObjectStorage, 'bucketConfiguration'>;
  readonly domains: readonly string[];
};

/** Throws InvalidURI, and what `preflight` does. */
export async function answerPreflight(request: CorsRequest, options: CorsOptions): Promise<S3Response> {
  const { headers } = request;
  return preflight({ bucket: bucketOf(request, options), headers }, options.storage);
}

/** The answer, with what CORS adds to it. Never fails: what is wrong with the request, the answer says. */
export async function withCors(
  answer: S3Response,
  request: CorsRequest,
  options: CorsOptions,
): Promise<S3Response> {
  const { method, headers } = request;
  try {
    const added = await corsHeadersFor(
      { bucket: bucketOf(request, options), method, headers },
      options.storage,
    );
    return { ...answer, headers: { ...answer.headers, ...added } };
  } catch {
    // A target that is no address, or a store that is away: then nothing is known of the bucket's rules, and without
    // rules a browser does not show the answer to the script.
    return answer;
  }
}

function bucketOf({ target, headers }: CorsRequest, { domains }: CorsOptions): string {
  const { path } = parseRequestTarget(target);
  return objectAddress({ host: headers.host ?? '', path, domains }).bucket;
}
