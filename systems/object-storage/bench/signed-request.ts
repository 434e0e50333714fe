// Requests as finished bytes, signed with Signature V4 in the header, so that a load pays nothing for them.
// https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html

import { createHash, createHmac } from 'node:crypto';

export type RequestToSign = {
  readonly method: string;
  readonly host: string;
  /** Path and query as they are sent; query keys sorted. */
  readonly target: string;
  readonly body?: Uint8Array;
  /** Further headers, which are not signed. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly credentials: { readonly accessKeyId: string; readonly secret: string };
  /** Sign the body's SHA-256; else `UNSIGNED-PAYLOAD`. */
  readonly signPayload?: boolean;
};

/** The request line and headers, then the body. */
export function signedRequest(request: RequestToSign): readonly Uint8Array[] {
  const { method, host, target, body = Buffer.alloc(0) } = request;
  const date = `${new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '')}`;
  const payload = request.signPayload ? sha256(body) : 'UNSIGNED-PAYLOAD';
  const [path = '', query = ''] = target.split('?');
  const signed = `host:${host}\nx-amz-content-sha256:${payload}\nx-amz-date:${date}\n`;
  const names = 'host;x-amz-content-sha256;x-amz-date';
  const canonical = [method, path, query, signed, names, payload].join('\n');
  const scope = `${date.slice(0, 8)}/us-east-1/s3/aws4_request`;
  const text = ['AWS4-HMAC-SHA256', date, scope, sha256(canonical)].join('\n');
  const key = scope
    .split('/')
    .reduce((last: string | Buffer, part) => hmac(last, part), `AWS4${request.credentials.secret}`);
  const authorization = `AWS4-HMAC-SHA256 Credential=${request.credentials.accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${hmac(key, text).toString('hex')}`;
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
  return body.byteLength === 0 ? [Buffer.from(head)] : [Buffer.from(head), body];
}

function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

function hmac(key: string | Buffer, data: string): Buffer {
  return createHmac('sha256', key).update(data).digest();
}
