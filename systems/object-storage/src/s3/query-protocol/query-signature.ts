// Signature V4 of a call of the Query protocol: as S3's, but for the service of the scope, any region (IAM has none, and
// clients sign for the one they are set to), and a body that is always signed, and hashed here.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
//
// Key and time are looked at before the body is read, so that a stranger is sent away early.

import { hash } from 'node:crypto';
import { equalDigest, hmacSha256Hex } from '@cairn/hashing';
import type { QueryService } from '@cairn/identity';
import type { Principal } from '@cairn/service';
import type { Clock } from '@cairn/world';
import type { S3AccessKey, S3Identity } from '../identity-port.ts';
import { clockSkewMsMax } from '../limits.ts';
import { type AmzDate, parseAmzDate, parseDateHeader } from '../signature/amz-date.ts';
import { parseAuthorization, scheme } from '../signature/authorization-header.ts';
import { canonicalRequest, type SignedRequest, stringToSign } from '../signature/canonical-request.ts';
import type { Credential } from '../signature/credential.ts';
import { keyOf } from '../signature/session-key.ts';
import type { RequestHeaders } from '../signature/signature-claim.ts';
import type { SigningKeys } from '../signature/signing-keys.ts';
import { QueryRefusal } from './query-refusal.ts';

export type QuerySignatureOptions = {
  readonly identity: Pick<S3Identity, 'findAccessKey' | 'findSession'>;
  readonly signingKeys: SigningKeys;
  readonly clock: Pick<Clock, 'nowMs'>;
};

type Claim = {
  readonly credential: Credential;
  readonly date: AmzDate;
  readonly signature: string;
  readonly signedHeaders: readonly string[];
  readonly signedHeadersText: string;
};

export type SignedCall = {
  readonly principal: Principal;
  /** Throws SignatureDoesNotMatch unless this is the body that was signed. */
  requireSignature(body: Uint8Array): void;
};

/** Throws QueryRefusal: MissingAuthenticationToken, IncompleteSignature, InvalidClientTokenId, SignatureDoesNotMatch. */
export async function verifyCall(
  request: SignedRequest,
  { service, options }: { service: QueryService; options: QuerySignatureOptions },
): Promise<SignedCall> {
  const claim = claimOf(request.headers, service);
  const key = await accessKeyOf(request.headers, { claim, options });
  requireCurrent(claim.date, options.clock.nowMs());
  requireSignedHeaders(request.headers, claim.signedHeaders);
  const signingKey = options.signingKeys.get(claim.credential, key.secret);
  return {
    principal: key.principal,
    requireSignature(body) {
      const payload = hash('sha256', body, 'hex');
      const canonical = canonicalRequest(request, { ...claim, location: 'header', payload });
      const computed = hmacSha256Hex(signingKey, stringToSign(canonical, claim));
      if (equalDigest(computed, claim.signature)) return;
      throw new QueryRefusal(
        'SignatureDoesNotMatch',
        'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.',
      );
    },
  };
}

function claimOf(headers: RequestHeaders, service: QueryService): Claim {
  const { authorization } = headers;
  if (authorization === undefined)
    throw new QueryRefusal('MissingAuthenticationToken', 'Request is missing Authentication Token');
  const parameters = authorization.startsWith(`${scheme} `) ? parseAuthorization(authorization) : undefined;
  const credential = parameters?.scope.credential;
  if (parameters === undefined || credential === undefined)
    throw new QueryRefusal(
      'IncompleteSignature',
      `Authorization header requires ${scheme} with Credential, SignedHeaders and Signature.`,
    );
  const { signedHeaders, signedHeadersText } = parameters.scope;
  const date = dateOf(headers);
  requireScope(credential, { date, service });
  return { credential, date, signature: parameters.signature, signedHeaders, signedHeadersText };
}

function dateOf(headers: RequestHeaders): AmzDate {
  const amzDate = headers['x-amz-date'];
  const date = amzDate === undefined ? parseDateHeader(headers.date ?? '') : parseAmzDate(amzDate);
  if (date !== undefined) return date;
  throw new QueryRefusal('IncompleteSignature', "Authorization header requires a valid 'X-Amz-Date' header.");
}

/** Any region: the secret that signs is the same in all. */
function requireScope(
  { date, region, service, terminator }: Credential,
  wanted: { date: AmzDate; service: QueryService },
): void {
  const problem =
    (service !== wanted.service && `correct service: '${wanted.service}'`) ||
    (!/^[\w-]{0,64}$/.test(region) && 'a region') ||
    (terminator !== 'aws4_request' && "a valid terminator: 'aws4_request'") ||
    (!wanted.date.text.startsWith(date) && 'the date of the request') ||
    (date.length !== 8 && 'a date');
  if (problem !== false)
    throw new QueryRefusal('SignatureDoesNotMatch', `Credential should be scoped to ${problem}.`);
}

async function accessKeyOf(
  headers: RequestHeaders,
  { claim, options }: { claim: Claim; options: QuerySignatureOptions },
): Promise<S3AccessKey> {
  const { accessKeyId } = claim.credential;
  const key = await keyOf(options.identity, { accessKeyId, token: headers['x-amz-security-token'] });
  if (key?.active) return key;
  throw new QueryRefusal('InvalidClientTokenId', 'The security token included in the request is invalid.');
}

function requireCurrent(date: AmzDate, nowMs: number): void {
  if (Math.abs(nowMs - date.timeMs) <= clockSkewMsMax) return;
  const early = date.timeMs < nowMs;
  throw new QueryRefusal(
    'SignatureDoesNotMatch',
    `Signature ${early ? 'expired' : 'not yet current'}: ${date.text} is ${early ? 'earlier' : 'later'} than the server's time by more than ${clockSkewMsMax / 60_000} min.`,
  );
}

function requireSignedHeaders(headers: RequestHeaders, signed: readonly string[]): void {
  const unsigned = signed.includes('host') ? [] : ['host'];
  for (const name in headers) if (name.startsWith('x-amz-') && !signed.includes(name)) unsigned.push(name);
  if (unsigned.length === 0) return;
  throw new QueryRefusal(
    'SignatureDoesNotMatch',
    `'${unsigned.join("' or '")}' must be a 'SignedHeader' in the AWS Authorization.`,
  );
}
