// The management API as a command sees it: requests in, parsed answers out, whether a server gives them or this process.

import { CommandFailed } from '../exit-codes.ts';
import type { Authorization } from './credentials.ts';

export type ManagementApi = {
  /** Where it answers, for messages: a URL or a folder. */
  readonly location: string;
  /** `path` begins with `/api/`. Rejects with CommandFailed when the answer is an error. */
  call(request: ApiCall): Promise<unknown>;
  /**
   * The items of an answer that streams, each validated by whoever gave it. Who stops iterating leaves. Rejects with
   * CommandFailed when the answer is an error, or is cut off.
   */
  stream(request: ApiCall): AsyncGenerator<unknown, void, undefined>;
  close(): Promise<void>;
};

export type ApiCall = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  /** Values that are undefined are left out. */
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly body?: unknown;
};

/** What carries a request to the API and an answer back: `fetch`, or the shell's dispatcher in this process. */
export type Transport = (request: Request) => Promise<Response>;

export function managementApi(options: {
  readonly location: string;
  readonly baseUrl: string;
  readonly authorization: Authorization;
  readonly transport: Transport;
  close(): Promise<void>;
}): ManagementApi {
  return {
    location: options.location,
    async call(apiCall) {
      const response = await options.transport(requestOf(apiCall, options));
      return answerOf(response, attemptOf(apiCall, options), options);
    },
    async *stream(apiCall) {
      const attempted = attemptOf(apiCall, options);
      const response = await options.transport(requestOf(apiCall, options));
      if (!response.ok || response.body === null)
        throw failureOf({ status: response.status, text: await response.text() }, attempted, options);
      yield* itemsOf(response.body, attempted);
    },
    close: () => options.close(),
  };
}

function requestOf(
  { method, path, query = {}, body }: ApiCall,
  { baseUrl, authorization }: { baseUrl: string; authorization: Authorization },
): Request {
  const url = new URL(path, baseUrl);
  for (const [name, value] of Object.entries(query))
    if (value !== undefined) url.searchParams.set(name, String(value));
  const headers = new Headers({ authorization: authorization.header, accept: 'application/json' });
  if (body === undefined) return new Request(url, { method, headers });
  headers.set('content-type', 'application/json');
  return new Request(url, { method, headers, body: JSON.stringify(body) });
}

function attemptOf({ method, path }: ApiCall, { location }: { location: string }): string {
  return `${method} ${path} at ${location}`;
}

async function answerOf(
  response: Response,
  attempted: string,
  sentWith: { authorization: Authorization },
): Promise<unknown> {
  const text = await response.text();
  const answer = parsed(text);
  if (response.ok && answer !== undefined) return answer;
  throw failureOf({ status: response.status, text }, attempted, sentWith);
}

function failureOf(
  { status, text }: { status: number; text: string },
  attempted: string,
  { authorization }: { authorization: Authorization },
): CommandFailed {
  const told = toldError(parsed(text));
  if (told === undefined) {
    const answer = `${status} ${text.slice(0, 200).replaceAll(/\s+/g, ' ')}`.trim();
    const detail = `no management API of Cairn answers there ('cairn up' prints its address as 'service http'), but: ${answer}`;
    return new CommandFailed('no', `could not ${attempted}: ${detail}`);
  }
  if (status !== 401) return new CommandFailed('no', `could not ${attempted}: ${told}`);
  const detail = `the access key of ${authorization.origin} is not valid there`;
  return new CommandFailed('unauthenticated', `could not ${attempted}: ${detail}`);
}

/** What an answer, or the last line of one that streams, says went wrong. */
function toldError(answer: unknown): string | undefined {
  const message = (answer as { error?: { message?: unknown } } | null | undefined)?.error?.message;
  return typeof message === 'string' ? message : undefined;
}

async function* itemsOf(
  body: ReadableStream<Uint8Array>,
  attempted: string,
): AsyncGenerator<unknown, void, undefined> {
  try {
    for await (const line of linesOf(body)) {
      const item = parsed(line);
      const told = toldError(item);
      if (told !== undefined) throw new CommandFailed('no', `could not ${attempted}: ${told}`);
      yield item;
    }
  } catch (cause) {
    if (cause instanceof CommandFailed) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CommandFailed('unreachable', `could not ${attempted}: the answer was cut off: ${reason}`, {
      cause,
    });
  }
}

/** Without empty lines. */
async function* linesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of body) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop()!;
    yield* lines.filter((line) => line !== '');
  }
  if (rest !== '') throw new Error('it ends in the middle of a line');
}

function parsed(text: string): unknown {
  try {
    return text === '' ? null : JSON.parse(text);
  } catch {
    return undefined;
  }
}
