// Signature V4 of a request, in its Authorization header, over its whole body.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
//
// Who asks is found before the body is read, so that a stranger is sent away early. Any region: the secret that signs is
// the same in all. object-storage verifies the same signature in its own way, for S3's rules and speed.

import { createHmac, hash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Principal } from '@cairn/service';
import { QueueError } from '../queues/queue-error.ts';
import type { SqsIdentity } from './identity-port.ts';

export type SignedRequest = {
  readonly method: string;
  /** As it came: path and query. */
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
};

export type Verified = {
  readonly principal: Principal;
  /** Throws QueueError SignatureDoesNotMatch unless this body was signed. */
  requireBody(body: Uint8Array): void;
};

type Claim = {
  readonly accessKeyId: string;
  readonly scope: readonly [date: string, region: string, service: string, terminator: string];
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  readonly date: string;
};

const scheme = 'AWS4-HMAC-SHA256';
const skewMsMax = 15 * 60 * 1_000;

const anonymous: Verified = {
  principal: { type: 'anonymous', name: 'anonymous', arn: '*', accessKeyId: undefined },
  requireBody: () => {},
};

/** Throws QueueError: IncompleteSignature, InvalidClientTokenId, SignatureDoesNotMatch. */
export async function verifySigner(
  request: SignedRequest,
  { identity, nowMs }: { identity: SqsIdentity; nowMs: number },
): Promise<Verified> {
  if (request.headers.authorization === undefined) return anonymous;
  const claim = claimOf(request.headers);
  requireCurrent(claim, nowMs);
  requireSigned(claim, request.headers);
  const { principal, secret } = await keyOf(request.headers, { identity, claim });
  return {
    principal,
    requireBody(body) {
      const computed = signatureOf(request, { claim, secret, body });
      if (!isEqual(computed, claim.signature))
        throw mismatch(
          'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.',
        );
    },
  };
}

function claimOf(headers: IncomingHttpHeaders): Claim {
  const { authorization = '' } = headers;
  const found = new Map(
    authorization
      .slice(scheme.length)
      .split(',')
      .map((parameter) => {
        const at = parameter.indexOf('=');
        return [parameter.slice(0, Math.max(at, 0)).trim(), parameter.slice(at + 1).trim()] as const;
      }),
  );
  const [credential = '', signedHeaders = '', signature = ''] = [
    'Credential',
    'SignedHeaders',
    'Signature',
  ].map((name) => found.get(name));
  const [date, region, service, terminator] = credential.split('/').slice(-4);
  const accessKeyId = credential.split('/').slice(0, -4).join('/');
  const isWhole =
    authorization.startsWith(`${scheme} `) && accessKeyId !== '' && signedHeaders !== '' && signature !== '';
  if (!isWhole || terminator === undefined)
    throw new QueueError(
      'IncompleteSignature',
      `Authorization header requires ${scheme} with Credential, SignedHeaders and Signature.`,
    );
  const scope = [date!, region!, service!, terminator] as const;
  return { accessKeyId, scope, signature, signedHeaders: signedHeaders.split(';'), date: dateOf(headers) };
}

function dateOf(headers: IncomingHttpHeaders): string {
  const date = headers['x-amz-date'];
  if (typeof date === 'string' && /^\d{8}T\d{6}Z$/.test(date)) return date;
  throw new QueueError('IncompleteSignature', "Authorization header requires a valid 'X-Amz-Date' header.");
}

function requireCurrent({ date, scope }: Claim, nowMs: number): void {
  const [day, region, service, terminator] = scope;
  const [, ...parts] = /^(....)(..)(..)T(..)(..)(..)Z$/.exec(date)!;
  const [year, month, ...rest] = parts.map(Number);
  const timeMs = Date.UTC(year!, month! - 1, ...rest);
  if (Math.abs(timeMs - nowMs) > skewMsMax)
    throw mismatch(`Signature expired: ${date} is too far from the server's time.`);
  const isScoped =
    date.startsWith(day) && day.length === 8 && service === 'sqs' && terminator === 'aws4_request';
  if (!isScoped || !/^[\w-]{1,64}$/.test(region))
    throw mismatch(
      "Credential should be scoped to the date of the request, a region, 'sqs' and 'aws4_request'.",
    );
}

/** Where it goes, and in JSON what it asks for: else who carries it could change that. */
function requireSigned({ signedHeaders }: Claim, headers: IncomingHttpHeaders): void {
  const needed = headers['x-amz-target'] === undefined ? ['host'] : ['host', 'x-amz-target'];
  const missing = needed.find((name) => !signedHeaders.includes(name));
  if (missing !== undefined)
    throw mismatch(`'${missing}' must be a 'SignedHeader' in the AWS Authorization.`);
}

async function keyOf(
  headers: IncomingHttpHeaders,
  { identity, claim: { accessKeyId } }: { identity: SqsIdentity; claim: Claim },
): Promise<{ principal: Principal; secret: string }> {
  const token = headers['x-amz-security-token'];
  const found =
    typeof token === 'string'
      ? await identity.findSession({ accessKeyId, token })
      : await identity.findAccessKey(accessKeyId);
  if (found !== undefined && typeof found !== 'string') return found;
  throw new QueueError('InvalidClientTokenId', 'The security token included in the request is invalid.');
}

function signatureOf(
  { method, target, headers }: SignedRequest,
  { claim, secret, body }: { claim: Claim; secret: string; body: Uint8Array },
): string {
  const [path = '/', query = ''] = target.split('?', 2);
  const names = claim.signedHeaders;
  const lines = names.map((name) => `${name}:${headerOf(headers, name)}\n`).join('');
  const payload = hash('sha256', body, 'hex');
  const canonical = [method, path, canonicalQuery(query), lines, names.join(';'), payload].join('\n');
  const toSign = [
    scheme,
    claim.date,
    claim.scope.join('/'),
    hash('sha256', Buffer.from(canonical, 'latin1'), 'hex'),
  ].join('\n');
  return createHmac('sha256', signingKey(claim, secret)).update(toSign).digest('hex');
}

/** Derived keys, kept: one is good for a day. By access key id and scope, the oldest first. */
const signingKeys = new Map<string, { readonly secret: string; readonly key: Buffer }>();
const signingKeysMax = 1_000;

function signingKey({ accessKeyId, scope }: Claim, secret: string): Buffer {
  const name = `${accessKeyId}/${scope.join('/')}`;
  const known = signingKeys.get(name);
  if (known?.secret === secret) return known.key;
  let key: string | Buffer = `AWS4${secret}`;
  for (const part of scope) key = createHmac('sha256', key).update(part).digest();
  if (signingKeys.size >= signingKeysMax) signingKeys.delete(signingKeys.keys().next().value!);
  signingKeys.set(name, { secret, key: key as Buffer });
  return key as Buffer;
}

function headerOf(headers: IncomingHttpHeaders, name: string): string {
  const value = Object.hasOwn(headers, name) ? headers[name] : '';
  return (Array.isArray(value) ? value.join(',') : (value ?? '')).trim().replace(/\s+/g, ' ');
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

function isEqual(computed: string, given: string): boolean {
  const [a, b] = [Buffer.from(computed), Buffer.from(given)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function mismatch(message: string): QueueError {
  return new QueueError('SignatureDoesNotMatch', message);
}
