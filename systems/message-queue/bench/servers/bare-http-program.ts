// The limit of what Node's own HTTP server can do with a POST: reads the body and answers two words. It stores nothing.

import { createServer } from 'node:http';

const server = createServer((request, response) => {
  request.resume();
  request.on('end', () => response.end('hello world'));
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (typeof address === 'object') console.log('listening', address?.port);
});
process.once('SIGTERM', () => process.exit(0));
