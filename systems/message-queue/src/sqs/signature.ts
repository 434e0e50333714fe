// Signature V4 of a request, in its Authorization header, over its whole body.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
//
// Who asks is found before the body is read, so that a stranger is sent away early. Any region: the secret that signs is
// the same in all. object-storage verifies the same signature in its own way, for S3's rules and speed.

import { hash } from 'node:crypto';
import { equalDigest, hmacSha256, hmacSha256Hex, ScratchBuffer } from '@cairn/hashing';
import type { Principal, RequestHead } from '@cairn/service';
import { QueueError } from '../queues/queue-error.ts';
import type { SqsIdentity } from './identity-port.ts';

/** The target as it came: path and query. */
export type SignedRequest = Pick<RequestHead, 'method' | 'target' | 'headers'>;

export type Verified = {
  readonly principal: Principal;
  /** Throws QueueError SignatureDoesNotMatch unless this body was signed. */
  requireBody(body: Uint8Array): void;
};

/** What a client says the same in its requests of a day: all of its Authorization header but the signature. */
type Grant = {
  readonly accessKeyId: string;
  readonly scope: string;
  readonly date: string;
  readonly isScoped: boolean;
  readonly signedHeaders: readonly string[];
  readonly signedHeadersText: string;
};
type Claim = { readonly grant: Grant; readonly signature: string; readonly date: string };

const scheme = 'AWS4-HMAC-SHA256';
const skewMsMax = 15 * 60 * 1_000;

const anonymous: Verified = {
  principal: { type: 'anonymous', name: 'anonymous', arn: '*', accessKeyId: undefined },
  requireBody: () => {},
};

/** At once when identity remembers the key. Throws QueueError: IncompleteSignature, InvalidClientTokenId, SignatureDoesNotMatch. */
export function verifySigner(
  request: SignedRequest,
  { identity, nowMs }: { identity: SqsIdentity; nowMs: number },
): Verified | Promise<Verified> {
  if (request.headers.authorization === undefined) return anonymous;
  const claim = claimOf(request.headers);
  requireCurrent(claim, nowMs);
  requireSigned(claim, request.headers);
  const { accessKeyId } = claim.grant;
  const key = foundKey(request.headers, { identity, accessKeyId });
  return key instanceof Promise
    ? key.then((found) => verifiedBy(found, { request, claim }))
    : verifiedBy(key, { request, claim });
}

/** What identity knows of a key: undefined or a reason when it does not let it in. */
type FoundKey = Awaited<ReturnType<SqsIdentity['findAccessKey'] | SqsIdentity['findSession']>>;

function verifiedBy(key: FoundKey, { request, claim }: { request: SignedRequest; claim: Claim }): Verified {
  if (key === undefined || typeof key === 'string')
    throw new QueueError('InvalidClientTokenId', 'The security token included in the request is invalid.');
  const { principal, secret } = key;
  return {
    principal,
    requireBody(body) {
      const computed = signatureOf(request, { claim, secret, body });
      if (!equalDigest(computed, claim.signature))
        throw mismatch(
          'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.',
        );
    },
  };
}

function claimOf(headers: RequestHead['headers']): Claim {
  const { authorization = '' } = headers;
  const at = authorization.lastIndexOf(signatureName);
  const isLast = at !== -1 && !authorization.includes(',', at);
  if (!isLast) return { ...parametersOf(authorization), date: dateOf(headers) };
  const text = authorization.slice(0, at);
  let grant = grants.get(text);
  if (grant === undefined) {
    ({ grant } = parametersOf(authorization));
    keep(grants, { name: text, value: grant });
  }
  const signature = authorization.slice(at + signatureName.length).trim();
  if (signature === '') throw incomplete();
  return { grant, signature, date: dateOf(headers) };
}

const signatureName = 'Signature=';
/** By the text in front of the signature: clients repeat it for a day, and reading it costs more than the rest. */
const grants = new Map<string, Grant>();

function parametersOf(authorization: string): { readonly grant: Grant; readonly signature: string } {
  const found = new Map(
    authorization
      .slice(scheme.length)
      .split(',')
      .map((parameter) => {
        const at = parameter.indexOf('=');
        return [parameter.slice(0, Math.max(at, 0)).trim(), parameter.slice(at + 1).trim()] as const;
      }),
  );
  const [credential = '', signedHeadersText = '', signature = ''] = [
    'Credential',
    'SignedHeaders',
    'Signature',
  ].map((name) => found.get(name));
  const [date = '', region = '', service, terminator] = credential.split('/').slice(-4);
  const accessKeyId = credential.split('/').slice(0, -4).join('/');
  const isWhole =
    authorization.startsWith(`${scheme} `) &&
    accessKeyId !== '' &&
    signedHeadersText !== '' &&
    signature !== '';
  if (!isWhole || terminator === undefined) throw incomplete();
  const isScoped =
    date.length === 8 && service === 'sqs' && terminator === 'aws4_request' && /^[\w-]{1,64}$/.test(region);
  const scope = [date, region, service, terminator].join('/');
  const signedHeaders = signedHeadersText.split(';');
  return { grant: { accessKeyId, scope, date, isScoped, signedHeaders, signedHeadersText }, signature };
}

function incomplete(): QueueError {
  return new QueueError(
    'IncompleteSignature',
    `Authorization header requires ${scheme} with Credential, SignedHeaders and Signature.`,
  );
}

function dateOf(headers: RequestHead['headers']): string {
  const date = headers['x-amz-date'];
  if (date !== undefined && /^\d{8}T\d{6}Z$/.test(date)) return date;
  throw new QueueError('IncompleteSignature', "Authorization header requires a valid 'X-Amz-Date' header.");
}

/** Requests of one second say the same. */
let lastDate = { text: '', timeMs: 0 };

function timeOf(text: string): number {
  if (lastDate.text === text) return lastDate.timeMs;
  const [, ...parts] = /^(....)(..)(..)T(..)(..)(..)Z$/.exec(text)!;
  const [year, month, ...rest] = parts.map(Number);
  lastDate = { text, timeMs: Date.UTC(year!, month! - 1, ...rest) };
  return lastDate.timeMs;
}

function requireCurrent({ date, grant }: Claim, nowMs: number): void {
  if (Math.abs(timeOf(date) - nowMs) > skewMsMax)
    throw mismatch(`Signature expired: ${date} is too far from the server's time.`);
  if (!grant.isScoped || !date.startsWith(grant.date))
    throw mismatch(
      "Credential should be scoped to the date of the request, a region, 'sqs' and 'aws4_request'.",
    );
}

/** Where it goes, and in JSON what it asks for: else who carries it could change that. */
function requireSigned({ grant: { signedHeaders } }: Claim, headers: RequestHead['headers']): void {
  const needed = headers['x-amz-target'] === undefined ? ['host'] : ['host', 'x-amz-target'];
  const missing = needed.find((name) => !signedHeaders.includes(name));
  if (missing !== undefined)
    throw mismatch(`'${missing}' must be a 'SignedHeader' in the AWS Authorization.`);
}

function foundKey(
  headers: RequestHead['headers'],
  { identity, accessKeyId }: { identity: SqsIdentity; accessKeyId: string },
): FoundKey | Promise<FoundKey> {
  const token = headers['x-amz-security-token'];
  return token === undefined
    ? identity.findAccessKey(accessKeyId)
    : identity.findSession({ accessKeyId, token });
}

function signatureOf(
  { method, target, headers }: SignedRequest,
  { claim, secret, body }: { claim: Claim; secret: string; body: Uint8Array },
): string {
  const { signedHeaders, signedHeadersText, scope } = claim.grant;
  const at = target.indexOf('?');
  const path = at === -1 ? target : target.slice(0, at);
  let canonical = `${method}\n${path}\n${at === -1 ? '' : canonicalQuery(target.slice(at + 1))}\n`;
  for (const name of signedHeaders) canonical += `${name}:${headerOf(headers, name)}\n`;
  canonical += `\n${signedHeadersText}\n${hash('sha256', body, 'hex')}`;
  const toSign = `${scheme}\n${claim.date}\n${scope}\n${sha256OfLatin1(canonical)}`;
  return hmacSha256Hex(signingKey(claim.grant, secret), toSign);
}

const scratch = new ScratchBuffer(4 * 1024);

function sha256OfLatin1(text: string): string {
  const fits = text.length <= scratch.length;
  return hash('sha256', fits ? scratch.holding(text) : Buffer.from(text, 'latin1'), 'hex');
}

/** Derived keys: one is good for a day. By grant, which is kept. */
const signingKeys = new WeakMap<Grant, { readonly secret: string; readonly key: Buffer }>();

function signingKey(grant: Grant, secret: string): Buffer {
  const known = signingKeys.get(grant);
  if (known?.secret === secret) return known.key;
  let key: string | Buffer = `AWS4${secret}`;
  for (const part of grant.scope.split('/')) key = hmacSha256(key, part);
  signingKeys.set(grant, { secret, key: key as Buffer });
  return key as Buffer;
}

const keptMax = 1_000;
const keptTextMax = 2_000;

/** The oldest goes first; what is long is not kept. */
function keep<T>(kept: Map<string, T>, { name, value }: { name: string; value: T }): void {
  if (name.length > keptTextMax) return;
  if (kept.size >= keptMax) kept.delete(kept.keys().next().value!);
  // A copy: a slice would keep the whole header that it is of.
  kept.set(Buffer.from(name).toString(), value);
}

/** Blanks around are gone already; runs of them inside count as one. The names are the client's, and met in no prototype. */
function headerOf(headers: RequestHead['headers'], name: string): string {
  const text = headers[name] ?? '';
  return text.includes('  ') || text.includes('\t') ? text.replace(/[ \t]+/g, ' ') : text;
}

function canonicalQuery(query: string): string {
  const pairs = [...new URLSearchParams(query)].map(
    ([name, value]) => [encoded(name), encoded(value)] as const,
  );
  const compare = (a: string, b: string): number => Number(a > b) - Number(a < b);
  pairs.sort(([a, x], [b, y]) => compare(a, b) || compare(x, y));
  return pairs.map(([name, value]) => `${name}=${value}`).join('&');
}

function encoded(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function mismatch(message: string): QueueError {
  return new QueueError('SignatureDoesNotMatch', message);
}
