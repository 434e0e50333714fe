// One POST to a webhook. Succeeds with a status of 200 to 299, whatever the answer says besides; a redirect is a failure,
// because it would carry events, and their signature, to where the operator did not send them.

import type { Agent, IncomingMessage } from 'node:http';

// Not by an import, which reads every export of the module: one of them loads Node's fetch, 16 MB.
const { request: requestHttp } = process.getBuiltinModule('node:http');
const { request: requestHttps } = process.getBuiltinModule('node:https');

export type WebhookRequest = {
  readonly url: URL;
  /** Keeps the connection from one batch to the next. */
  readonly agent: Agent;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly signal: AbortSignal;
};

/** What is read of an answer's body, so that its connection can be used again; a longer one is cut. */
const answerBytesMax = 64 * 1024;

/** Rejects with what went wrong. */
export function postToWebhook({ url, agent, headers, body, signal }: WebhookRequest): Promise<void> {
  const send = url.protocol === 'https:' ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const sent = { ...headers, 'content-length': String(Buffer.byteLength(body)) };
    const request = send(url, { method: 'POST', agent, headers: sent, signal }, (answer) => {
      drained(answer).then(() => {
        const { statusCode: status = 0 } = answer;
        if (status >= 200 && status < 300) resolve();
        else reject(new Error(`${url.origin} answered ${status}`));
      }, reject);
    });
    request.on('error', (error) => reject(signal.aborted ? signal.reason : error));
    request.end(body);
  });
}

async function drained(answer: IncomingMessage): Promise<void> {
  let bytes = 0;
  for await (const chunk of answer) {
    bytes += (chunk as Buffer).length;
    if (bytes > answerBytesMax) return;
  }
}
