// A request of SQS as finished bytes, signed with Signature V4, so that a load pays nothing for it.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html

import { createHmac, hash } from 'node:crypto';

export const credentials = {
  accessKeyId: 'CAIRNBENCHKEY0000000',
  secret: 'a-secret-only-for-this-benchmark-run-40-c',
} as const;

export type SqsCall = {
  readonly port: number;
  readonly operation: string;
  readonly input: unknown;
};

/** Good for 15 minutes, as servers allow no more skew. */
export function signedPost({ port, operation, input }: SqsCall): Buffer {
  const body = Buffer.from(JSON.stringify(input));
  const date = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '');
  const headers = [
    ['content-type', 'application/x-amz-json-1.0'],
    ['host', `127.0.0.1:${port}`],
    ['x-amz-date', date],
    ['x-amz-target', `AmazonSQS.${operation}`],
  ] as const;
  const names = headers.map(([name]) => name).join(';');
  const lines = headers.map(([name, value]) => `${name}:${value}\n`).join('');
  const canonical = ['POST', '/', '', lines, names, hash('sha256', body, 'hex')].join('\n');
  const scope = `${date.slice(0, 8)}/us-east-1/sqs/aws4_request`;
  const text = ['AWS4-HMAC-SHA256', date, scope, hash('sha256', canonical, 'hex')].join('\n');
  let key: string | Buffer = `AWS4${credentials.secret}`;
  for (const part of scope.split('/')) key = createHmac('sha256', key).update(part).digest();
  const signature = createHmac('sha256', key).update(text).digest('hex');
  const authorization = `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`;
  const head = [
    'POST / HTTP/1.1',
    ...headers.map(([name, value]) => `${name}: ${value}`),
    `authorization: ${authorization}`,
    `content-length: ${body.length}`,
    '\r\n',
  ].join('\r\n');
  return Buffer.concat([Buffer.from(head, 'latin1'), body]);
}
