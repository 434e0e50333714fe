// Stands between an import and its source: fails requests, or changes bytes of what is read.

import { createServer, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from '@cairn/testing';

export type Faults = {
  /** Asked for each request, with its number: a status to answer instead of asking the source. */
  readonly refuse?: (asked: {
    readonly number: number;
    readonly method: string;
    readonly target: string;
  }) => number | undefined;
  /** Asked for each that is not refused: a text to answer with 200 instead of asking the source. */
  readonly answers?: (target: string) => string | undefined;
  /** Of targets whose bodies come with one byte changed. */
  readonly corrupts?: (target: string) => boolean;
};

/** `requests` counts what came. */
export async function startFaultyProxy(
  t: TestContext,
  source: string,
  faults: Faults,
): Promise<{ readonly url: string; readonly seen: string[] }> {
  const seen: string[] = [];
  const { hostname, port } = new URL(source);
  const server = createServer((asked, answer) => {
    const { method = '', url: target = '', headers } = asked;
    seen.push(`${method} ${target}`);
    const status = faults.refuse?.({ number: seen.length, method, target });
    if (status !== undefined) {
      asked.resume();
      const code = status === 501 ? 'NotImplemented' : 'SlowDown';
      answer.writeHead(status, { 'content-type': 'application/xml' });
      answer.end(
        `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>fault</Message></Error>`,
      );
      return;
    }
    const answered = faults.answers?.(target);
    if (answered !== undefined) {
      asked.resume();
      answer.writeHead(200, { 'content-type': 'application/xml' });
      answer.end(answered);
      return;
    }
    const forwarded = send({ host: hostname, port, method, path: target, headers }, (found) => {
      answer.writeHead(found.statusCode ?? 500, found.headers);
      found.on('data', (chunk: Buffer) => {
        const bytes = Buffer.from(chunk);
        if (faults.corrupts?.(target) && bytes.byteLength > 0) bytes[0] = bytes[0]! ^ 1;
        answer.write(bytes);
      });
      found.on('end', () => answer.end());
    });
    forwarded.on('error', () => answer.destroy());
    asked.pipe(forwarded);
  });
  await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done));
  t.after(async () => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}
