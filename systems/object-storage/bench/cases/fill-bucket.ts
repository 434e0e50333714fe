// Many small objects, fast: what listings and starts are measured with.

import { loadHttp } from '@cairn/bench';
import { host, type Server } from '../servers/server.ts';

const oneByte = Buffer.from('x');

/** Puts a small body, one byte unless given, under each name of `count`, many at a time. */
export async function fillBucket(
  server: Server,
  options: {
    readonly count: number;
    readonly target: (index: number) => string;
    readonly body?: Uint8Array;
  },
): Promise<void> {
  const { count, target, body = oneByte } = options;
  await loadHttp({
    host,
    port: server.port,
    connections: Math.min(count, 128),
    request: (index) => server.request({ method: 'PUT', target: target(index), body }),
    until: { requests: count },
  });
}

/** `n` with leading zeros, so that names sort as numbers do. */
export function numbered(n: number): string {
  return String(n).padStart(7, '0');
}
