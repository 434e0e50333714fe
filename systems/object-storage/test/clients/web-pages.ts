// A web site of one's own for a browser in a test: every port is another origin.

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { cleanUpAfter, type TestContext } from '@cairn/testing';

export type WebPages = {
  /** `http://127.0.0.1:PORT`. */
  readonly origin: string;
  /** What was asked for, path and query, the oldest first. */
  readonly visited: readonly string[];
  /** What `/` shows from now on. */
  show(html: string): void;
};

export async function startWebPages(t: TestContext): Promise<WebPages> {
  const visited: string[] = [];
  let page = '';
  const server = createServer((request, response) => {
    visited.push(request.url!);
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.end(`<!doctype html><title>test</title>${page}`);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanUpAfter(t, async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    visited,
    show: (html) => {
      page = html;
    },
  };
}
