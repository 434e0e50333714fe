// A handler in front of a coordinator: asks whether the client may, calls, and lets the next request of the connection
// begin as soon as the coordinator has this one. A heartbeat is not held up by a join that waits.

import type { HandlerContext } from '../handlers/handler.ts';
import type { Access } from '../security/access.ts';
import type { Operation } from '../security/operations.ts';
import type { CoordinatorContext } from './coordinator-calls.ts';

type Call = (request: never, context: CoordinatorContext) => unknown;
type RequestOf<Calls, Name extends keyof Calls> = Calls[Name] extends (
  request: infer Request,
  context: never,
) => unknown
  ? Request
  : never;
type AnswerOf<Calls, Name extends keyof Calls> = Calls[Name] extends (...parameters: never) => infer Answer
  ? Answer
  : never;

/** `refused` gives the answer to who may not, undefined to who may. */
export function coordinated<Name extends string, Calls extends Readonly<Record<Name, Call>>>(
  calls: Calls,
  name: Name,
  refused: (
    request: RequestOf<Calls, Name>,
    context: HandlerContext,
  ) => Promise<Awaited<AnswerOf<Calls, Name>> | undefined>,
): (request: RequestOf<Calls, Name>, context: HandlerContext) => Promise<Awaited<AnswerOf<Calls, Name>>> {
  return async (request, context): Promise<Awaited<AnswerOf<Calls, Name>>> => {
    const refusal = await refused(request, context);
    if (refusal !== undefined) return refusal;
    return await handOver(calls, name, request, context);
  };
}

/** The coordinator has the request when this returns. */
export function handOver<Name extends string, Calls extends Readonly<Record<Name, Call>>>(
  calls: Calls,
  name: Name,
  request: RequestOf<Calls, Name>,
  context: HandlerContext,
  more: Pick<CoordinatorContext, 'user' | 'described'> = {},
): AnswerOf<Calls, Name> {
  const { clientId, clientHost, version } = context;
  const asked = { clientId, clientHost, version, ...more };
  const answer = calls[name](request as never, asked) as AnswerOf<Calls, Name>;
  context.begun();
  return answer;
}

/** That are asked about in a turn of the event loop: 2 ms or so. */
const askedPerTurn = 500;

/** Those that the client may do something with, and those that it may not. Others go on between, however many there are. */
export async function divide<T>(
  things: readonly T[],
  isAllowed: (thing: T) => boolean | Promise<boolean>,
): Promise<{ readonly allowed: readonly T[]; readonly denied: readonly T[] }> {
  const [allowed, denied]: [T[], T[]] = [[], []];
  for (const [index, thing] of things.entries()) {
    ((await isAllowed(thing)) ? allowed : denied).push(thing);
    if ((index + 1) % askedPerTurn === 0) await new Promise<void>((resolve) => setImmediate(resolve));
  }
  return { allowed, denied };
}

/** By name. */
export function allowsTopic(
  access: Access,
  operation: Operation,
): (topic: { name: string }) => boolean | Promise<boolean> {
  return ({ name }) => access.allows('topic', name, operation);
}
