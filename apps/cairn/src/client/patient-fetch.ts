// `fetch` without its limit of five minutes for the head of an answer: a check of everything may take longer.

import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';

// Not by an import, which reads every export of the module: one of them loads Node's fetch, 16 MB.
const [http, https] = [process.getBuiltinModule('node:http'), process.getBuiltinModule('node:https')];

/** Sends a request whose body is small; waits for the answer for as long as the connection holds. */
export async function patientFetch(request: Request): Promise<Response> {
  const body = Buffer.from(await request.arrayBuffer());
  const { request: send } = request.url.startsWith('https:') ? https : http;
  const { method } = request;
  const headers = { ...Object.fromEntries(request.headers), 'content-length': String(body.length) };
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    send(request.url, { method, headers }, resolve).on('error', reject).end(body);
  });
  const { statusCode: status = 0 } = answer;
  const answered = Object.entries(answer.headersDistinct).flatMap(([name, values = []]) =>
    values.map((value): [string, string] => [name, value]),
  );
  const empty = status === 204 || status === 304;
  return new Response(empty ? null : Readable.toWeb(answer), { status, headers: answered });
}
