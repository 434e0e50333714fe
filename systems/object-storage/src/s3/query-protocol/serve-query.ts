// A call of the Query protocol on the S3 port: its signature is verified here, identity answers it. The one that has none,
// of whoever has no credentials yet, is told by its parameters, so its body is read, as far as such a call can go.

import { isUnsignedCall, type QueryAnswer, type QueryProtocol, type QueryService } from '@cairn/identity';
import type { Exchange, Principal, TurnBudget } from '@cairn/service';
import { readWholeBody } from '../body/whole-body.ts';
import { type S3Response, textResponse } from '../handlers/handler.ts';
import { connectionKeys } from '../http/condition-keys.ts';
import { RequestSource } from '../http/request-source.ts';
import { anonymousPrincipal } from '../identity-port.ts';
import { queryBytesMax, queryParametersMax, unsignedQueryBytesMax } from '../limits.ts';
import { Query } from '../target/query.ts';
import { parseRequestTarget } from '../target/request-target.ts';
import { QueryRefusal, refusalOf } from './query-refusal.ts';
import { type QuerySignatureOptions, verifyCall } from './query-signature.ts';

export type ServeQueryOptions = QuerySignatureOptions & {
  readonly queries: QueryProtocol;
  readonly turns: TurnBudget;
  readonly region: string;
};

export type ServedQuery = {
  readonly response: S3Response;
  /** `iam:CreateUser`; `iam` when it did not come to that. */
  readonly operation: string;
  readonly principal: Principal | undefined;
  readonly code: string | undefined;
  /** Of an error that is ours. */
  readonly failure: Error | undefined;
};

/** Never rejects. */
export async function serveQuery(
  exchange: Exchange,
  { service, requestId, options }: { service: QueryService; requestId: string; options: ServeQueryOptions },
): Promise<ServedQuery> {
  const { queries } = options;
  let principal: Principal | undefined;
  let answer: QueryAnswer;
  try {
    const { method, headers, target: text } = exchange.head;
    const target = parseRequestTarget(text);
    const request = { method, target, headers };
    const signed =
      headers.authorization === undefined ? undefined : await verifyCall(request, { service, options });
    const bytesMax = signed === undefined ? unsignedQueryBytesMax : queryBytesMax;
    const { framing } = exchange.head;
    const sizeBytes = framing === 'chunked' ? undefined : framing;
    const chunks = piecesOf(exchange, options);
    const body = await readWholeBody({ chunks, sizeBytes }, { bytesMax });
    signed?.requireSignature(body);
    const parameters = parametersOf(method === 'POST' ? parsed(body.toString('latin1')) : target.query);
    if (signed === undefined && !isUnsignedCall(parameters.get('Action'))) throw unsigned();
    principal = signed?.principal ?? anonymousPrincipal;
    const context = connectionKeys(exchange, options.region);
    const call = { principal, parameters, requestId, context };
    answer = await queries.answer({ ...call, service: signed === undefined ? 'sts' : service });
  } catch (error) {
    answer = queries.refuse(refusalOf(error), { service, requestId });
  }
  const { call, error } = answer;
  return {
    response: responseOf(answer, requestId),
    operation: call === undefined ? service : `${service}:${call}`,
    principal,
    code: error?.code,
    failure: error !== undefined && answer.status >= 500 ? error : undefined,
  };
}

function unsigned(): QueryRefusal {
  return new QueryRefusal('MissingAuthenticationToken', 'Request is missing Authentication Token');
}

function responseOf({ status, xml }: QueryAnswer, requestId: string): S3Response {
  const { headers, ...response } = textResponse(xml, 'text/xml');
  return { ...response, status, headers: { ...headers, 'x-amzn-requestid': requestId } };
}

async function* piecesOf(exchange: Exchange, { turns }: ServeQueryOptions): AsyncGenerator<Uint8Array> {
  const source = new RequestSource(exchange.body, turns);
  for (;;) {
    const piece = await source.read();
    if (piece === undefined) return;
    yield piece;
  }
}

function parsed(text: string): Query {
  let parameters = 1;
  for (let at = text.indexOf('&'); at !== -1; at = text.indexOf('&', at + 1)) parameters++;
  if (parameters > queryParametersMax)
    throw new QueryRefusal('MalformedQueryString', `A call has at most ${queryParametersMax} parameters.`);
  return Query.parse(text);
}

function parametersOf(query: Query): ReadonlyMap<string, string> {
  return new Map(query.entries());
}
