// AWS's Query protocol: IAM and STS as the aws command line and the SDKs speak them. Whoever owns a port verifies the
// signature, and hands the parameters over.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/iam-api.html
//
//   Action=CreateUser & Version=2010-05-08 & UserName=anna
//   -> <CreateUserResponse><CreateUserResult>...</CreateUserResult><ResponseMetadata>...</ResponseMetadata></...>

import type { Principal } from '@cairn/service';
import type { Identity } from '../core/identity.ts';
import type { ContextRecord } from '../policy/request-context.ts';
import type { Asked, Call } from './call.ts';
import { Parameters } from './parameters.ts';
import { QueryError, type QueryErrorCode, queryErrorOf } from './query-error.ts';
import { type Element, writeXml } from './xml.ts';

/** Versions of the two APIs. Their calls are loaded with the first: most processes are never asked one. */
const versions = { iam: '2010-05-08', sts: '2011-06-15' } as const;

export type QueryService = keyof typeof versions;

export type QueryRequest = {
  /** Which of the two the request was signed for. */
  readonly service: QueryService;
  /** Who signed it; an anonymous one when nobody did, which is for calls without signatures: `isUnsignedCall`. */
  readonly principal: Principal;
  readonly parameters: ReadonlyMap<string, string>;
  readonly requestId: string;
  /** Condition keys of the request. */
  readonly context: ContextRecord;
};

export type QueryAnswer = {
  readonly status: number;
  readonly xml: string;
  /** Of a call that is known. */
  readonly call?: string;
  readonly error?: QueryError;
};

export type QueryProtocol = {
  /** Never rejects. */
  answer(request: QueryRequest): Promise<QueryAnswer>;
  /** The answer to whoever did not prove who they are, or sent no parameters that can be read. */
  refuse(
    failure: { code: QueryErrorCode; message: string },
    occasion: { service: QueryService; requestId: string },
  ): QueryAnswer;
};

/** Whether a call is made without a signature: STS's for those who have no credentials yet. */
export function isUnsignedCall(action: string | undefined): boolean {
  return action === 'AssumeRoleWithWebIdentity';
}

export function queryProtocol(identity: Identity): QueryProtocol {
  return {
    async answer(request) {
      let call: Call | undefined;
      try {
        call = await callOf(request);
        const result = await make(
          call,
          { ...request, identity, parameters: new Parameters(request.parameters) },
          request,
        );
        return { status: 200, xml: resultDocument(call, result, request), call: call.name };
      } catch (error) {
        const failure = queryErrorOf(error);
        return { ...errorAnswer(failure, request), ...(call !== undefined && { call: call.name }) };
      }
    },
    refuse: ({ code, message }, occasion) => errorAnswer(new QueryError(code, message), occasion),
  };
}

async function callOf({ service, parameters }: QueryRequest): Promise<Call> {
  const action = parameters.get('Action');
  if (action === undefined || action === '')
    throw new QueryError('MissingAction', 'The request is missing an action or a required parameter.');
  const version = parameters.get('Version');
  const { callsByName } = await import('./calls-by-name.ts');
  const call = callsByName[service].get(action);
  if (call !== undefined && version === versions[service]) return call;
  const shown = `${action.slice(0, 128)} for version ${(version ?? 'NO_VERSION_SPECIFIED').slice(0, 32)}`;
  throw new QueryError('InvalidAction', `Could not find operation ${shown}`);
}

async function make(
  call: Call,
  asked: Asked,
  { service }: QueryRequest,
): Promise<readonly Element[] | undefined> {
  const { principal } = asked;
  if (principal.type === 'anonymous' && call.unsigned !== true)
    throw new QueryError('MissingAuthenticationToken', 'Request is missing Authentication Token');
  // What GetSessionToken gave cannot change who may do what: AWS wants multi-factor login for that.
  if (service === 'iam' && principal.session !== undefined && principal.session.roleArn === undefined)
    throw new QueryError('InvalidClientTokenId', 'The security token included in the request is invalid.');
  const action = `${service}:${call.name}`;
  for (const arnOf of [call.resource, call.movesTo]) {
    const resource = await arnOf?.(asked);
    if (resource !== undefined) await requireAllowed(action, { call, asked, resource });
  }
  return call.handle(asked);
}

async function requireAllowed(
  action: string,
  { call, asked, resource }: { call: Call; asked: Asked; resource: string },
): Promise<void> {
  const { principal, identity } = asked;
  const context = { ...asked.context, ...call.keys?.(asked) };
  const { decision } = await identity.authorize(principal, { action, resource, context });
  if (decision === 'allow') return;
  throw new QueryError(
    'AccessDenied',
    `User: ${principal.arn} is not authorized to perform: ${action} on resource: ${resource}`,
  );
}

function namespaceOf(service: QueryService): string {
  return `https://${service}.amazonaws.com/doc/${versions[service]}/`;
}

function resultDocument(
  { name }: Call,
  result: readonly Element[] | undefined,
  { service, requestId }: QueryRequest,
): string {
  const body = writeXml([
    [`${name}Result`, result],
    ['ResponseMetadata', [['RequestId', requestId]]],
  ]);
  return `<${name}Response xmlns="${namespaceOf(service)}">${body}</${name}Response>\n`;
}

function errorAnswer(
  error: QueryError,
  { service, requestId }: { service: QueryService; requestId: string },
): QueryAnswer {
  const body = writeXml([
    [
      'Error',
      [
        ['Type', error.status < 500 ? 'Sender' : 'Receiver'],
        ['Code', error.code],
        ['Message', error.message],
      ],
    ],
    ['RequestId', requestId],
  ]);
  const xml = `<ErrorResponse xmlns="${namespaceOf(service)}">${body}</ErrorResponse>\n`;
  return { status: error.status, xml, error };
}
