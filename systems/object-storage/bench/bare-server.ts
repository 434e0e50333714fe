// The limit of what Node's own HTTP server can do: answers GET with two words, takes a PUT into a file and syncs it with
// all others that wait (a bare loop: receive, MD5, append, group commit).

import { createHash } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const path = join(tmpdir(), `cairn-bench-bare-${process.pid}`);
const file = await open(path, 'w');
let position = 0;
let syncing: Promise<void> | undefined;
let next: Promise<void> | undefined;

/** One sync at a time; all that come meanwhile share the next one. */
function sync(): Promise<void> {
  if (syncing === undefined) {
    syncing = file.datasync().finally(() => {
      syncing = undefined;
    });
    return syncing;
  }
  next ??= syncing.then(() => {
    next = undefined;
    return sync();
  });
  return next;
}

async function put(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const hash = createHash('md5');
  const writes: Promise<unknown>[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) {
    hash.update(chunk);
    writes.push(file.write(chunk, 0, chunk.length, position));
    position += chunk.length;
  }
  await Promise.all(writes);
  await sync();
  response.setHeader('etag', hash.digest('hex'));
  response.end();
}

const server = createServer((request, response) => {
  if (request.method === 'PUT') void put(request, response);
  else response.end('hello world');
});
server.listen(0, '127.0.0.1', () => console.log('listening', (server.address() as { port: number }).port));
process.once('SIGTERM', () => {
  void file.close().then(async () => {
    await rm(path);
    process.exit(0);
  });
});
