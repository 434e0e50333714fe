// Who sent a request: verifies its Signature V4, or finds that it has none.
//
// Order as Amazon's, because clients react to the first thing that is wrong: form and scope, access key, time, headers
// that had to be signed, signature. With the key of the day at hand a check is two hashes and no await.

import { equalDigest, hmacSha256Hex } from '@cairn/hashing';
import type { Principal } from '@cairn/service';
import type { Clock } from '@cairn/world';
import { ObjectStorageError } from '../../errors.ts';
import { headerOfParameter } from '../headers/header-text.ts';
import { anonymousPrincipal, type S3AccessKey, type S3Identity } from '../identity-port.ts';
import { clockSkewMsMax } from '../limits.ts';
import { canonicalRequest, type SignedRequest, stringToSign } from './canonical-request.ts';
import type { ChunkSignatureSeed } from './chunk-signatures.ts';
import { headerClaim, unsupportedMechanism } from './header-claim.ts';
import { type PayloadMode, parsePayloadMode } from './payload-mode.ts';
import { queryClaim } from './query-claim.ts';
import { keyOf } from './session-key.ts';
import type { RequestHeaders, SignatureClaim, Signed } from './signature-claim.ts';
import type { SigningKeys } from './signing-keys.ts';

export type Authentication = {
  readonly principal: Principal;
  /** Undefined of an anonymous request. */
  readonly signed: Signed | undefined;
  readonly payload: PayloadMode;
  /** Where the signatures of the chunks start, when the payload has them. */
  readonly chunkSeed: ChunkSignatureSeed | undefined;
  /** Those of the request and, when it is presigned, those that its query carries. */
  readonly headers: RequestHeaders;
};

export type AuthenticateOptions = {
  readonly identity: Pick<S3Identity, 'findAccessKey' | 'findSession'>;
  readonly signingKeys: SigningKeys;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly region: string;
};

/**
 * At once when identity knows the key at once. Throws, or rejects with, whatever Amazon answers to a claim that does not
 * hold; a request without one is anonymous.
 */
export function authenticate(
  request: SignedRequest,
  options: AuthenticateOptions,
): Authentication | Promise<Authentication> {
  const claim = claimOf(request, options);
  if (claim === undefined) return anonymous(request.headers);
  const payload = parsePayloadMode(claim.payload);
  const { accessKeyId } = claim.credential;
  const found = keyOf(options.identity, { accessKeyId, token: sessionToken(request) });
  return found instanceof Promise
    ? found.then((accessKey) => verified(request, { options, claim, payload, accessKey }))
    : verified(request, { options, claim, payload, accessKey: found });
}

type Claimed = {
  readonly options: AuthenticateOptions;
  readonly claim: SignatureClaim;
  readonly payload: PayloadMode;
  readonly accessKey: S3AccessKey | undefined;
};

function verified(
  request: SignedRequest,
  { options: { clock, signingKeys }, claim, payload, accessKey }: Claimed,
): Authentication {
  requireActive(accessKey, claim);
  requireCurrent(claim, clock.nowMs());
  requireSignedHeaders(request.headers, claim);
  const key = signingKeys.get(claim.credential, accessKey.secret);
  requireSignature(request, claim, key);
  return {
    principal: accessKey.principal,
    signed: claim,
    payload,
    chunkSeed: payload.kind === 'chunked' && payload.signed ? chunkSeed(claim, key) : undefined,
    headers: claim.location === 'query' ? withHoistedHeaders(request) : request.headers,
  };
}

function chunkSeed({ credential, date, signature }: SignatureClaim, key: Buffer): ChunkSignatureSeed {
  return { key, scope: credential.scope, date: date.text, signature };
}

function claimOf(
  { headers, target: { query } }: SignedRequest,
  { region }: AuthenticateOptions,
): SignatureClaim | undefined {
  const { authorization } = headers;
  const presigned = query.has('X-Amz-Algorithm');
  const versionTwo = query.has('Signature') && query.has('AWSAccessKeyId');
  if (authorization !== undefined && (presigned || versionTwo)) {
    throw new ObjectStorageError('InvalidArgument', {
      message:
        'Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified',
      fields: { ArgumentName: 'Authorization' },
    });
  }
  if (versionTwo) throw unsupportedMechanism();
  if (authorization !== undefined) return headerClaim(authorization, { headers, region });
  if (presigned) return queryClaim(query, { headers, region });
  if (query.has('X-Amz-Credential') || query.has('X-Amz-Signature')) {
    throw new ObjectStorageError('AuthorizationQueryParametersError');
  }
  return undefined;
}

function anonymous(headers: RequestHeaders): Authentication {
  const payload = parsePayloadMode(headers['x-amz-content-sha256']);
  if (payload.kind === 'chunked' && payload.signed) throw new ObjectStorageError('AccessDenied');
  return { principal: anonymousPrincipal, signed: undefined, payload, chunkSeed: undefined, headers };
}

/** Of temporary credentials. */
function sessionToken({ headers, target: { query } }: SignedRequest): string | undefined {
  return headers['x-amz-security-token'] ?? query.get('X-Amz-Security-Token');
}

function requireActive(
  accessKey: S3AccessKey | undefined,
  { credential }: SignatureClaim,
): asserts accessKey is S3AccessKey {
  if (accessKey?.active) return;
  throw new ObjectStorageError('InvalidAccessKeyId', {
    fields: { AWSAccessKeyId: credential.accessKeyId },
  });
}

/** A presigned request may start late within its time; one with a header is for now. */
function requireCurrent({ date, expiresSeconds }: SignatureClaim, nowMs: number): void {
  const ageMs = nowMs - date.timeMs;
  if (expiresSeconds === undefined) {
    if (Math.abs(ageMs) <= clockSkewMsMax) return;
    throw new ObjectStorageError('RequestTimeTooSkewed', {
      fields: {
        RequestTime: date.text,
        ServerTime: new Date(nowMs).toISOString(),
        MaxAllowedSkewMilliseconds: String(clockSkewMsMax),
      },
    });
  }
  if (ageMs < -clockSkewMsMax) {
    throw new ObjectStorageError('AccessDenied', {
      message: 'Request is not yet valid',
      fields: { 'X-Amz-Date': date.text, ServerTime: new Date(nowMs).toISOString() },
    });
  }
  // One of 0 seconds is over when it is made: Amazon does not take it within its first second either.
  if (expiresSeconds === 0 || ageMs > expiresSeconds * 1000) {
    const expires = new Date(date.timeMs + expiresSeconds * 1000).toISOString();
    throw new ObjectStorageError('AccessDenied', {
      message: 'Request has expired',
      fields: {
        'X-Amz-Expires': String(expiresSeconds),
        Expires: expires,
        ServerTime: new Date(nowMs).toISOString(),
      },
    });
  }
}

/** What changes the meaning of a request has to be covered: the host and every `x-amz-` header. */
function requireSignedHeaders(headers: RequestHeaders, { signedHeaders }: SignatureClaim): void {
  const unsigned: string[] = signedHeaders.includes('host') ? [] : ['host'];
  for (const name in headers) {
    if (name.startsWith('x-amz-') && !signedHeaders.includes(name)) unsigned.push(name);
  }
  if (unsigned.length === 0) return;
  throw new ObjectStorageError('AccessDenied', {
    message: 'There were headers present in the request which were not signed',
    fields: { HeadersNotSigned: unsigned.join(', ') },
  });
}

function requireSignature(request: SignedRequest, claim: SignatureClaim, key: Buffer): void {
  const canonical = canonicalRequest(request, claim);
  const toSign = stringToSign(canonical, claim);
  if (equalDigest(hmacSha256Hex(key, toSign), claim.signature)) return;
  throw new ObjectStorageError('SignatureDoesNotMatch', {
    fields: {
      AWSAccessKeyId: claim.credential.accessKeyId,
      StringToSign: toSign,
      SignatureProvided: claim.signature,
      CanonicalRequest: canonical,
    },
  });
}

/** Signers move headers into the query of a presigned request; there they mean the same. */
function withHoistedHeaders({ headers, target: { query } }: SignedRequest): RequestHeaders {
  const hoisted: Record<string, string | undefined> = {};
  for (const [name, value] of query.entries()) {
    const header = name.toLowerCase();
    if (!header.startsWith('x-amz-') || ownParameters.has(header)) continue;
    hoisted[header] = headerOfParameter(header, value);
  }
  return { ...hoisted, ...headers };
}

const ownParameters = new Set([
  'x-amz-algorithm',
  'x-amz-credential',
  'x-amz-date',
  'x-amz-expires',
  'x-amz-signedheaders',
  'x-amz-signature',
]);
