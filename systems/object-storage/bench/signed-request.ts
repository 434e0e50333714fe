// Requests as finished bytes, signed with Signature V4 in the header, so that a load pays nothing for them.
// https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html

import { createHmac, hash } from 'node:crypto';

export type Credentials = { readonly accessKeyId: string; readonly secret: string };

export type RequestToSign = {
  readonly method: string;
  readonly host: string;
  /** Path and query as they are sent; query keys sorted. */
  readonly target: string;
  readonly body?: Uint8Array;
  /** Further headers, which are not signed. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly credentials: Credentials;
  /** Sign the body's SHA-256; else `UNSIGNED-PAYLOAD`. */
  readonly signPayload?: boolean;
};

/** The request line and headers, then the body. Good for 15 minutes, as servers allow no more skew. */
export function signedRequest(request: RequestToSign): readonly Uint8Array[] {
  const { method, host, target, body = empty } = request;
  const date = `${new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '')}`;
  const payload = request.signPayload ? digestOf(body) : 'UNSIGNED-PAYLOAD';
  const [path = '', query = ''] = target.split('?');
  const signed = `host:${host}\nx-amz-content-sha256:${payload}\nx-amz-date:${date}\n`;
  const names = 'host;x-amz-content-sha256;x-amz-date';
  const canonical = [method, path, query, signed, names, payload].join('\n');
  const scope = `${date.slice(0, 8)}/us-east-1/s3/aws4_request`;
  const text = ['AWS4-HMAC-SHA256', date, scope, hash('sha256', canonical, 'hex')].join('\n');
  const signature = hmac(signingKey(request.credentials, scope), text).toString('hex');
  const authorization = `AWS4-HMAC-SHA256 Credential=${request.credentials.accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`;
  const head = [
    `${method} ${target} HTTP/1.1`,
    `host: ${host}`,
    `x-amz-date: ${date}`,
    `x-amz-content-sha256: ${payload}`,
    `authorization: ${authorization}`,
    `content-length: ${body.byteLength}`,
    ...Object.entries(request.headers ?? {}).map(([name, value]) => `${name}: ${value}`),
    '\r\n',
  ].join('\r\n');
  return inOnePiece(head, body);
}

/** Head and body, copied together where that is cheaper than a second write. */
export function inOnePiece(head: string, body: Uint8Array): readonly Uint8Array[] {
  const bytes = Buffer.from(head, 'latin1');
  if (body.byteLength === 0) return [bytes];
  return body.byteLength <= copiedBytesMax ? [Buffer.concat([bytes, body])] : [bytes, body];
}

const copiedBytesMax = 16 * 1024;
const empty = new Uint8Array(0);

// A bench signs hundreds of thousands of requests, on one day, of a few bodies.
const signingKeys = new Map<string, Buffer>();
const digests = new WeakMap<Uint8Array, string>();

function signingKey(credentials: Credentials, scope: string): Buffer {
  const name = `${credentials.secret}/${scope}`;
  let key = signingKeys.get(name);
  if (key === undefined) {
    const parts = scope.split('/');
    key = parts.reduce(
      (last: string | Buffer, part) => hmac(last, part),
      `AWS4${credentials.secret}`,
    ) as Buffer;
    signingKeys.set(name, key);
  }
  return key;
}

export function digestOf(body: Uint8Array): string {
  const digest = digests.get(body) ?? hash('sha256', body, 'hex');
  digests.set(body, digest);
  return digest;
}

function hmac(key: string | Buffer, data: string): Buffer {
  return createHmac('sha256', key).update(data).digest();
}
