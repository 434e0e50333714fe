// The canonical request and the string to sign of Signature V4.
// https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
//
//   canonical-request = method LF path LF query LF 1*(header ":" value LF) LF signed-headers LF payload
//   string-to-sign    = "AWS4-HMAC-SHA256" LF date LF scope LF hex(sha256(canonical-request))
//
// Unlike other services of Amazon, S3 does not normalise the path: it is decoded once and encoded again.

import { hash } from 'node:crypto';
import { ScratchBuffer } from '@cairn/hashing';
import { percentEncodePath } from '../target/percent-encoding.ts';
import type { RequestTarget } from '../target/request-target.ts';
import type { RequestHeaders, SignatureClaim } from './signature-claim.ts';

export type SignedRequest = {
  readonly method: string;
  readonly target: RequestTarget;
  readonly headers: RequestHeaders;
};

type ClaimToSign = Pick<SignatureClaim, 'location' | 'signedHeaders' | 'signedHeadersText' | 'payload'>;

/** Header values are Latin-1, as Node gives them, so that the bytes are those that were sent. */
export function canonicalRequest(
  { method, target, headers }: SignedRequest,
  { location, signedHeaders, signedHeadersText, payload }: ClaimToSign,
): string {
  const query = target.query.canonical(location === 'query' ? { without: 'X-Amz-Signature' } : {});
  let text = `${method}\n${percentEncodePath(target.path)}\n${query}\n`;
  for (const name of signedHeaders) {
    // The names are the client's: `constructor` is no header.
    text += `${name}:${canonicalValue(Object.hasOwn(headers, name) ? headers[name] : undefined)}\n`;
  }
  return `${text}\n${signedHeadersText}\n${payload}`;
}

export function stringToSign(
  canonical: string,
  { credential, date }: Pick<SignatureClaim, 'credential' | 'date'>,
): string {
  const digest = sha256OfLatin1(canonical);
  return `AWS4-HMAC-SHA256\n${date.text}\n${credential.scope}\n${digest}`;
}

const scratch = new ScratchBuffer(4 * 1024);

function sha256OfLatin1(text: string): string {
  const fits = text.length <= scratch.length;
  return hash('sha256', fits ? scratch.holding(text) : Buffer.from(text, 'latin1'), 'hex');
}

/** Blanks around are gone already; runs of them inside count as one. */
function canonicalValue(value = ''): string {
  return value.includes('  ') || value.includes('\t') ? value.replace(/\s+/g, ' ') : value;
}
