// A management route as data: what it is called, who may call it, what goes in and comes out. The frame under /api
// authenticates, authorizes, validates, calls, and renders errors; the same table gives /api/openapi.json.

import type { z } from 'zod';

export type ApiRoute<Input = never, Output = unknown> = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below /api/<system>: `/users/{name}`. */
  readonly path: string;
  readonly summary: string;
  /** The IAM action that the caller needs, and on which resource (an ARN or `*`). */
  readonly action: string;
  readonly resource?: (input: Input) => string | Promise<string>;
  /** What policies may ask of the input, beside `ApiCaller.conditions`. */
  readonly conditions?: (input: Input) => ConditionKeys;
  /** Path parameters, query and JSON body together validate against this. */
  readonly input: z.ZodType<Input>;
  readonly output: z.ZodType<Output>;
  /** Of the JSON body; `apiBodyBytesMax` when absent. */
  readonly bodyBytesMax?: number;
  /** Made by `defineStreamRoute`. */
  readonly streams?: true;
  /** Answers 200 with the output; throws ApiError for what is expected to go wrong. */
  handle(input: Input, caller: ApiCaller): Promise<Output>;
};

/**
 * A route whose answer is lines of JSON (`application/x-ndjson`), as fast as the client takes them. Empty lines in between
 * mean nothing: they show that the server lives. What fails behind the first line is told by the last one,
 * `{ "error": ... }`; an answer that is cut off was not whole.
 */
export type ApiStreamRoute<Input, Item> = Omit<ApiRoute<Input, Item>, 'handle' | 'streams'> & {
  /** Items in groups, each written at once; the next group is asked for when the client has room for it. */
  handle(input: Input, caller: ApiStreamCaller): Promise<AsyncIterable<readonly Item[]>>;
};

export type ApiCaller = {
  readonly principal: Principal;
  readonly requestId: string;
  /** Those that every request has, for who asks for more rights: `conditionKeys`. */
  readonly conditions: ConditionKeys;
};

/** Condition keys of policies by their names, such as `aws:SourceIp`. The request has none of those that are undefined. */
export type ConditionKeys = Readonly<Record<string, string | undefined>>;

/** The connection that a request came by; in process there is none. */
export type PeerConnection = { readonly remoteAddress: string | undefined; readonly secure: boolean };

/** What policies may ask of every request. */
export function conditionKeys(
  connection: PeerConnection | undefined,
  userAgent: string | undefined,
): ConditionKeys {
  return {
    'aws:SourceIp': connection?.remoteAddress?.replace(/^::ffff:/, ''),
    'aws:SecureTransport': connection && String(connection.secure),
    'aws:UserAgent': userAgent,
  };
}

/** `signal` is aborted when the client is gone, or the service stops. */
export type ApiStreamCaller = ApiCaller & { readonly signal: AbortSignal };

/** Who is calling, as identity knows them. */
export type Principal = {
  readonly type: 'root' | 'user' | 'role' | 'anonymous';
  /** The user's name; `ROLE/SESSION` of who took on a role; `root` and `anonymous` for the others. */
  readonly name: string;
  /** `arn:aws:iam::ACCOUNT:user/NAME`, `arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION`, `arn:aws:iam::ACCOUNT:root`, or `*`. */
  readonly arn: string;
  readonly accessKeyId: string | undefined;
  /** Of who came with temporary credentials. */
  readonly session?: PrincipalSession;
};

export type PrincipalSession = {
  /** The ARN of the role that was taken on; undefined when a user, or root, is a user still. */
  readonly roleArn: string | undefined;
  readonly issuedMs: number;
  readonly expiresMs: number;
};

/** Injected by the app from identity: the shell itself knows no users. */
export type Authenticator = {
  /** From HTTP Basic (access key id and secret) or a bearer token; undefined when neither proves who it is. */
  authenticate(authorization: string | undefined): Promise<Principal | undefined>;
  authorize(
    principal: Principal,
    request: { action: string; resource: string; context: ConditionKeys },
  ): Promise<boolean>;
};

/** As `defineRoute`, of one that streams. `output` is the schema of an item. */
export function defineStreamRoute<Input, Item>(route: ApiStreamRoute<Input, Item>): ApiRoute {
  return { ...route, streams: true } as unknown as ApiRoute;
}

/** The helper that keeps a route's types together while the table stays a plain array. */
export function defineRoute<Input, Output>(route: ApiRoute<Input, Output>): ApiRoute {
  return route as unknown as ApiRoute;
}
