// The limit of what Node's own HTTP server can do: `node bare-program.ts DIRECTORY`. Answers GET with two words. Takes a
// PUT as the bare loop does: receive, compute the hashes that the request makes mandatory, append, group commit.
//
// Mandatory are MD5, as it is the ETag, and SHA-256 when the request names it. All that came while the last write was
// under way is written by one call and shares one sync; nothing is copied, named, or read again.

import { createHash, type Hash, hash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { AppendedFile } from './appended-file.ts';

const file = new AppendedFile(process.argv[2]!);

function put(request: IncomingMessage, response: ServerResponse): void {
  const wanted = request.headers['x-amz-content-sha256'];
  let only: Buffer = Buffer.alloc(0);
  let md5: Hash | undefined;
  let sha256: Hash | undefined;
  request.on('data', (chunk: Buffer) => {
    if (chunk.length === Number(request.headers['content-length'])) {
      only = chunk;
    } else {
      md5 = (md5 ?? createHash('md5')).update(chunk);
      if (wanted !== undefined) sha256 = (sha256 ?? createHash('sha256')).update(chunk);
    }
    const room = file.append(chunk);
    if (room === undefined) return;
    request.pause();
    void room.then(() => request.resume());
  });
  request.on('end', () => {
    const etag = md5?.digest('hex') ?? hash('md5', only, 'hex');
    const digest = wanted === undefined ? undefined : (sha256?.digest('hex') ?? hash('sha256', only, 'hex'));
    if (digest !== wanted) {
      response.writeHead(400).end('the body is not what its SHA-256 says');
      return;
    }
    void file.sync().then(() => response.setHeader('etag', `"${etag}"`).end());
  });
}

const server = createServer((request, response) => {
  if (request.method === 'PUT') put(request, response);
  else response.end('hello world');
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (typeof address === 'object') console.log('listening', address?.port);
});
process.once('SIGTERM', () => process.exit(0));
