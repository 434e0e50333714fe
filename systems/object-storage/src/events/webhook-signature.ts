// The signature of a webhook's request, as https://www.standardwebhooks.com says: a receiver that uses a library for it
// needs nothing of ours.
//
//   webhook-signature = "v1," base64(HMAC-SHA256(key, id "." seconds "." body))
//   key = of a secret `whsec_BASE64` the bytes; of any other its UTF-8

import { createHmac } from 'node:crypto';

export type SignedHeaders = {
  readonly 'webhook-id': string;
  readonly 'webhook-timestamp': string;
  readonly 'webhook-signature'?: string;
};

/** `id` is the same when the same batch is sent again. Without a secret there is no signature. */
export function signatureHeaders(
  body: string,
  { id, nowMs, secret }: { id: string; nowMs: number; secret: string | undefined },
): SignedHeaders {
  const seconds = String(Math.floor(nowMs / 1_000));
  const headers = { 'webhook-id': id, 'webhook-timestamp': seconds };
  if (secret === undefined) return headers;
  const digest = createHmac('sha256', keyOf(secret)).update(`${id}.${seconds}.${body}`).digest('base64');
  return { ...headers, 'webhook-signature': `v1,${digest}` };
}

const encodedPrefix = 'whsec_';

function keyOf(secret: string): Buffer {
  return secret.startsWith(encodedPrefix)
    ? Buffer.from(secret.slice(encodedPrefix.length), 'base64')
    : Buffer.from(secret);
}
