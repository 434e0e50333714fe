// Requests as a test sends them: whole ones with headers in any order of events, and raw bytes on a socket.

import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import { connect, type Socket } from 'node:net';

export type Answer = {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly text: string;
};

export type Sent = https.RequestOptions & { readonly body?: string };

/** Sends one request on a connection of its own, unless an agent is given. */
export async function send(url: string, options: Sent = {}): Promise<Answer> {
  const { body, ...rest } = options;
  const request = (url.startsWith('https:') ? https : http).request(url, { agent: false, ...rest });
  request.end(body);
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  return { status: response.statusCode!, headers: response.headers, text: await textOf(response) };
}

export async function textOf(stream: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

/** A connection on which nothing was sent yet. */
export async function openSocket(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  return socket;
}

/** Everything that the server sends until it closes the connection; a reset counts as closed. */
export async function untilClosed(socket: Socket): Promise<string> {
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk;
  });
  socket.on('error', () => {});
  if (!socket.closed) await once(socket, 'close');
  return text;
}
