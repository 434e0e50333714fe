// Heads of requests, signed with Signature V4 by the few lines that it takes, sharing nothing with what verifies them.

import { createHash, createHmac } from 'node:crypto';
import { credentials, region } from './s3-endpoint.ts';

export type HeadToSign = {
  readonly method: string;
  /** Encoded as it is sent. */
  readonly target: string;
  /** What is signed in place of the target's path, when that is not in canonical form. */
  readonly canonicalPath?: string;
  /** By lower-case name; `host` and `x-amz-content-sha256` have defaults. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly timeMs?: number;
};

export type SignedHead = {
  /** Request line and headers, with the empty line. */
  readonly text: string;
  /** What chunk signatures go on from. */
  readonly seed: { key: Buffer; date: string; scope: string; signature: string };
};

/** All headers given are signed but those that a proxy may change. */
export function signedHead(request: HeadToSign): SignedHead {
  const { method, target, headers = {}, timeMs = Date.now() } = request;
  const date = `${new Date(timeMs).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
  const sent: Record<string, string> = {
    host: '127.0.0.1',
    'x-amz-content-sha256': 'UNSIGNED-PAYLOAD',
    'x-amz-date': date,
    ...headers,
  };
  const signed = Object.keys(sent)
    .filter((name) => !['connection', 'expect', 'transfer-encoding'].includes(name))
    .toSorted();
  const [path = '', query = ''] = target.split('?');
  const canonical = [
    method,
    request.canonicalPath ?? path,
    canonicalQuery(query),
    ...signed.map((name) => `${name}:${sent[name]}`),
    '',
    signed.join(';'),
    sent['x-amz-content-sha256'],
  ].join('\n');
  const scope = `${date.slice(0, 8)}/${region}/s3/aws4_request`;
  const key = scope.split('/').reduce<string | Buffer>(hmac, `AWS4${credentials.secretAccessKey}`) as Buffer;
  const digest = createHash('sha256').update(canonical, 'latin1').digest('hex');
  const signature = hmac(key, ['AWS4-HMAC-SHA256', date, scope, digest].join('\n')).toString('hex');
  const authorization = `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope}, SignedHeaders=${signed.join(';')}, Signature=${signature}`;
  const lines = Object.entries({ ...sent, authorization }).map(([name, value]) => `${name}: ${value}`);
  const text = `${[`${method} ${target} HTTP/1.1`, ...lines].join('\r\n')}\r\n\r\n`;
  return { text, seed: { key, date, scope, signature } };
}

function canonicalQuery(query: string): string {
  const pairs = query.split('&').map((pair) => (pair === '' || pair.includes('=') ? pair : `${pair}=`));
  return pairs.toSorted().join('&');
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
