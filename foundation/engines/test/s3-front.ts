// Stands between the S3 engine and an S3 server in tests: adds `If-None-Match: *` where the server lacks it, loses answers
// and answers errors when told to.

import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type S3Front = {
  readonly port: number;
  /** Lets the next request of this method reach the server, and cuts the connection instead of answering. */
  loseNextAnswer(method: string): void;
  /** Answers all requests itself with this error; undefined ends it. */
  refuse(error: { readonly status: number; readonly xml: string } | undefined): void;
  readonly requests: readonly string[];
  readonly authorizations: readonly string[];
  close(): void;
};

export async function startS3Front(serverPort: number): Promise<S3Front> {
  const requests: string[] = [];
  const authorizations: string[] = [];
  let lostMethod: string | undefined;
  let refusal: { readonly status: number; readonly xml: string } | undefined;
  let turn: Promise<unknown> = Promise.resolve();

  const server = createServer((incoming, outgoing) => {
    requests.push(`${incoming.method} ${incoming.url}`);
    authorizations.push(incoming.headers.authorization ?? '');
    // One after the other, so that looking and writing are one step.
    turn = turn.then(() => answer(incoming, outgoing)).catch((error: Error) => outgoing.destroy(error));
  });

  async function answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const body = Buffer.concat(await Array.fromAsync(incoming));
    if (refusal !== undefined) {
      outgoing.writeHead(refusal.status, { 'content-type': 'application/xml' }).end(refusal.xml);
      return;
    }
    if (incoming.headers['if-none-match'] === '*' && (await exists(incoming.url!))) {
      outgoing.writeHead(412, { 'content-type': 'application/xml' }).end(preconditionFailed);
      return;
    }
    const response = await forward(incoming, body);
    const responseBody = Buffer.concat(await Array.fromAsync(response));
    if (lostMethod === incoming.method) {
      lostMethod = undefined;
      outgoing.destroy();
      return;
    }
    outgoing.writeHead(response.statusCode!, response.headers).end(responseBody);
  }

  async function forward(
    incoming: { method?: string | undefined; url?: string | undefined; headers?: IncomingMessage['headers'] },
    body?: Buffer,
  ): Promise<IncomingMessage> {
    const { method, url, headers } = incoming;
    const outward = request({ host: '127.0.0.1', port: serverPort, method, path: url, headers });
    outward.end(body);
    const [response] = await once(outward, 'response');
    return response;
  }

  async function exists(url: string): Promise<boolean> {
    const response = await forward({ method: 'HEAD', url: url.replace(/\?.*$/, '') });
    response.resume();
    return response.statusCode === 200;
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    loseNextAnswer: (method) => {
      lostMethod = method;
    },
    refuse: (error) => {
      refusal = error;
    },
    requests,
    authorizations,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

const preconditionFailed = `<?xml version="1.0" encoding="UTF-8"?>
<Error><Code>PreconditionFailed</Code><Message>At least one of the preconditions did not hold</Message></Error>`;
