// The HTTP server on a free port, with a service that is a function, for tests.

import { type Clock, realWorld } from '@cairn/world';
import type { Exchange } from '../src/http/exchange.ts';
import { HttpServer } from '../src/http/http-server.ts';
import type { HttpLimits } from '../src/http/limits.ts';
import type { TurnBudget } from '../src/http/turn-budget.ts';
import { listen } from '../src/listener/listen.ts';
import type { TlsSource } from '../src/system-definition.ts';

export type StartedHttpServer = {
  readonly server: HttpServer;
  readonly port: number;
  readonly url: string;
};

type StartOptions = {
  readonly limits?: Partial<HttpLimits>;
  readonly tls?: TlsSource;
  readonly clock?: Clock;
  readonly turns?: TurnBudget;
};

/** Starts the server; it ends with the test. A service that throws cuts its connection. */
export async function startHttpServer(
  test: { after(cleanUp: () => Promise<void>): void },
  service: (exchange: Exchange) => void | Promise<void>,
  options: StartOptions = {},
): Promise<StartedHttpServer> {
  const serve = async (exchange: Exchange) => service(exchange);
  const server = new HttpServer({
    clock: realWorld().clock,
    ...options,
    fields: { server: 'Test' },
    serve: (exchange) => void serve(exchange).catch(() => exchange.cut()),
    answerTo: ({ status, kind }) => ({ status, headers: { 'x-problem': kind }, body: `${kind}\n` }),
    onAcceptError: () => {},
  });
  const { port, url } = await listen(server.listener, { host: '127.0.0.1', port: 0 });
  test.after(() => server.close(AbortSignal.abort()));
  return { server, port, url };
}

/** Answers with text. */
export function answer(exchange: Exchange, text: string, status = 200): void {
  exchange.send(status, Buffer.from(text));
}

/** Everything of a body, kept as it came. */
export async function readAll({ body }: Pick<Exchange, 'body'>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for (let piece = await body.read(); piece !== undefined; piece = await body.read()) pieces.push(piece);
  return Buffer.concat(pieces);
}
