// The management API as a command sees it: requests in, parsed answers out, whether a server gives them or this process.

import { CommandFailed } from '../exit-codes.ts';

export type ManagementApi = {
  /** Where it answers, for messages: a URL or a folder. */
  readonly location: string;
  /** `path` begins with `/api/`. Rejects with CommandFailed when the answer is an error. */
  call(request: ApiCall): Promise<unknown>;
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
  readonly authorization: string;
  readonly transport: Transport;
  close(): Promise<void>;
}): ManagementApi {
  return {
    location: options.location,
    async call(apiCall) {
      const response = await options.transport(requestOf(apiCall, options));
      return answerOf(response, `${apiCall.method} ${apiCall.path} at ${options.location}`);
    },
    close: () => options.close(),
  };
}

function requestOf(
  { method, path, query = {}, body }: ApiCall,
  { baseUrl, authorization }: { baseUrl: string; authorization: string },
): Request {
  const url = new URL(path, baseUrl);
  for (const [name, value] of Object.entries(query))
    if (value !== undefined) url.searchParams.set(name, String(value));
  const headers = new Headers({ authorization, accept: 'application/json' });
  if (body === undefined) return new Request(url, { method, headers });
  headers.set('content-type', 'application/json');
  return new Request(url, { method, headers, body: JSON.stringify(body) });
}

async function answerOf(response: Response, attempted: string): Promise<unknown> {
  const text = await response.text();
  const answer = parsed(text);
  if (response.ok && answer !== undefined) return answer;
  const told = (answer as { error?: { message?: unknown } } | undefined)?.error?.message;
  const detail = typeof told === 'string' ? told : `the answer was ${response.status} ${text.slice(0, 200)}`;
  if (response.status === 401)
    throw new CommandFailed('unauthenticated', `could not ${attempted}: ${detail}`);
  throw new CommandFailed('no', `could not ${attempted}: ${detail}`);
}

function parsed(text: string): unknown {
  try {
    return text === '' ? null : JSON.parse(text);
  } catch {
    return undefined;
  }
}
