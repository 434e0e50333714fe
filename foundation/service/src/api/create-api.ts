// The frame of the management API: every request under /api goes through it, from a socket or in process.
//
//   request id, trace -> route (404) -> who is it (401) -> what do they want (400, 413) -> may they (403) -> handle
//   (the route's own errors) -> check the output -> answer; in the end always one log event and the counts
//
// A client sees the table of ApiError and nothing else: what is unexpected is logged with the request's id and
// answered 500 without details.

import type { Telemetry, TraceContext } from '@cairn/telemetry';
import { acceptRequestId, childSpan, newRequestId, newTrace, parseTraceparent } from '@cairn/telemetry';
import type { Clock, Random } from '@cairn/world';
import { type Context, Hono } from 'hono';
import { ApiError } from '../api-error.ts';
import {
  type ApiRoute,
  type ApiStreamCaller,
  type Authenticator,
  conditionKeys,
  type PeerConnection,
  type Principal,
} from '../api-route.ts';
import type { ApiMetrics } from './api-metrics.ts';
import { ItemStreams } from './item-streams.ts';
import { type MountedRoute, mountRoutes } from './mounted-route.ts';
import { openApiDocument } from './openapi.ts';
import { readInput } from './read-input.ts';

export type ApiOptions = {
  readonly systems: readonly { readonly name: string; readonly routes: readonly ApiRoute[] }[];
  readonly authenticator: Authenticator;
  readonly telemetry: Telemetry;
  readonly metrics: ApiMetrics;
  readonly world: { readonly clock: Clock; readonly random: Random };
};

export type Api = {
  /** Answers one request, from a listener or in process; never rejects. The path starts with `/api`. */
  dispatch(request: Request, connection?: PeerConnection): Promise<Response>;
  /** Ends answers that stream, which would otherwise hold up a stop for as long as it may take. */
  endStreams(): void;
};

/** What one request is known by; set first, read by everything behind. */
type RequestState = {
  readonly requestId: string;
  readonly trace: TraceContext;
  /** The template, so that metrics have a bounded number of routes. */
  route: string;
  principal: Principal | undefined;
};
type Variables = { Variables: { state: RequestState }; Bindings: { connection?: PeerConnection } };

export function createApi(options: ApiOptions): Api {
  const { telemetry, world, metrics } = options;
  const streams = new ItemStreams({ clock: world.clock, log: telemetry.log });
  const routes = mountRoutes(options.systems);
  const app = new Hono<Variables>();

  app.use(async (context, next) => {
    const startMs = world.clock.monotonicMs();
    const state = newState(context, world.random);
    context.set('state', state);
    await next();
    context.header('x-request-id', state.requestId);
    const seconds = (world.clock.monotonicMs() - startMs) / 1000;
    const { status } = context.res;
    metrics.count({ method: context.req.method, route: state.route, status, seconds });
    telemetry.log.info('api request', {
      requestId: state.requestId,
      traceId: state.trace.traceId,
      spanId: state.trace.spanId,
      method: context.req.method,
      route: state.route,
      path: context.req.path,
      status,
      durationMs: Math.round(seconds * 1e6) / 1e3,
      principal: state.principal?.arn,
    });
  });
  app.onError((error, context) => {
    if (error instanceof ApiError) return errorResponse(context, error);
    telemetry.log.error('api request failed', { requestId: context.get('state').requestId, error });
    return errorResponse(
      context,
      new ApiError('internal', 'an unexpected error happened; the log has its details'),
    );
  });
  app.notFound((context) => {
    const message = `there is no ${context.req.method} ${context.req.path}; see /api/openapi.json`;
    return errorResponse(context, new ApiError('not-found', message));
  });

  const document = openApiDocument(routes);
  app.get('/api/openapi.json', (context) => {
    context.get('state').route = '/api/openapi.json';
    return context.json(document);
  });
  for (const mounted of routes) {
    const path = mounted.path.replaceAll(/\{(\w+)\}/g, ':$1');
    app.on(mounted.route.method, path, (context) =>
      serve(context, mounted, { authenticator: options.authenticator, streams }),
    );
  }
  return {
    dispatch: async (request, connection) => app.fetch(request, connection && { connection }),
    endStreams: () => streams.end(),
  };
}

function newState(context: Context, random: Random): RequestState {
  const caller = parseTraceparent(context.req.header('traceparent'));
  return {
    requestId: acceptRequestId(context.req.header('x-request-id')) ?? newRequestId(random),
    trace: caller === undefined ? newTrace(random) : childSpan(caller, random),
    route: 'none',
    principal: undefined,
  };
}

async function serve(
  context: Context<Variables>,
  mounted: MountedRoute,
  { authenticator, streams }: { authenticator: Authenticator; streams: ItemStreams },
): Promise<Response> {
  const { route } = mounted;
  const state = context.get('state');
  state.route = mounted.path;
  // A browser that knows a password for this place sends it along whatever page asks it to.
  if (context.req.header('sec-fetch-site') === 'cross-site') {
    throw new ApiError('forbidden', 'requests that a page of another site makes are refused');
  }
  const principal = await authenticate(context, authenticator);
  state.principal = principal;
  const input = await readInput(context, mounted);
  const resource = (await route.resource?.(input)) ?? '*';
  const conditions = conditionKeys(context.env?.connection, context.req.header('user-agent'));
  const access = { action: route.action, resource, context: { ...conditions, ...route.conditions?.(input) } };
  if (!(await authenticator.authorize(principal, access))) {
    throw new ApiError('forbidden', `${principal.arn} may not ${route.action} on ${resource}`);
  }
  const { requestId } = state;
  if (route.streams) {
    return streams.answer({ item: route.output, requestId }, (signal) => {
      const caller: ApiStreamCaller = { principal, requestId, conditions, signal };
      return route.handle(input, caller);
    });
  }
  const output = await route.handle(input, { principal, requestId, conditions });
  // A client relies on the document: an output that breaks it is our mistake, and fails here rather than there.
  return context.json(route.output.parse(output) as object);
}

/** The management API takes nobody anonymous, whatever other protocols allow on loopback. */
async function authenticate(context: Context, authenticator: Authenticator): Promise<Principal> {
  const principal = await authenticator.authenticate(context.req.header('authorization'));
  if (principal !== undefined && principal.type !== 'anonymous') return principal;
  throw new ApiError('unauthenticated', 'send a valid access key by HTTP Basic, or a valid bearer token');
}

function errorResponse(context: Context<Variables>, error: ApiError): Response {
  const { requestId } = context.get('state');
  if (error.code === 'unauthenticated')
    context.header('www-authenticate', 'Basic realm="Cairn", charset="UTF-8"');
  return context.json(
    { error: { code: error.code, message: error.message, requestId } },
    error.status as 400,
  );
}
