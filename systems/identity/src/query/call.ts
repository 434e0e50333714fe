// A call of the Query protocol as data: its name, what it is about, and what it does.

import type { Principal } from '@cairn/service';
import type { Identity, User } from '../core/identity.ts';
import { noSuchUser } from '../core/operations/names.ts';
import type { ContextRecord } from '../policy/request-context.ts';
import type { Parameters } from './parameters.ts';
import { QueryError } from './query-error.ts';
import type { Element } from './xml.ts';

export type Asked = {
  readonly identity: Identity;
  readonly principal: Principal;
  readonly parameters: Parameters;
  /** Condition keys of the request. */
  readonly context: ContextRecord;
};

export type Call = {
  readonly name: string;
  /** Whoever makes it has no credentials of ours, and proves who they are by a parameter. */
  readonly unsigned?: true;
  /** The ARN it acts on, which policies have to allow; absent from calls that everybody may make, or that decide themselves. */
  readonly resource?: (asked: Asked) => string | Promise<string>;
  /** The ARN that what it acts on gets by it, when that is another one: policies have to allow the call on that, too. */
  readonly movesTo?: (asked: Asked) => Promise<string | undefined>;
  /** Condition keys of the call. */
  readonly keys?: (asked: Asked) => ContextRecord;
  /** The result's elements; nothing for calls without a result. */
  handle(asked: Asked): Promise<readonly Element[] | undefined>;
};

/** On everything, or on nothing in particular. */
export const anything = () => '*';

/** What a listing is about: all whose path begins with what is asked for, as AWS names it: `arn:aws:iam::ACCOUNT:user/`. */
export function listed(
  arnOf: (account: string, of: { name: string; path: string }) => string,
): NonNullable<Call['resource']> {
  return ({ identity, parameters }) =>
    arnOf(identity.account, { name: '', path: parameters.optional('PathPrefix') ?? '/' });
}

/** The name of the user that a call is about: whom it names, else who calls. Root has no name. */
export function userNameIn({ parameters, principal }: Asked): string | undefined {
  const named = parameters.optional('UserName');
  if (named !== undefined) return named;
  if (principal.type === 'user') return principal.name;
  if (principal.type === 'root') return undefined;
  throw new QueryError('ValidationError', 'Must specify userName when calling with non-User credentials');
}

export async function userResource(asked: Asked): Promise<string> {
  const name = userNameIn(asked);
  return name === undefined ? asked.principal.arn : asked.identity.userArn({ name });
}

/** The user of that name in any case. Throws NoSuchEntity. */
export async function userNamed(name: string, { identity }: Asked): Promise<User> {
  const user = await identity.findUser({ name });
  if (user === undefined) throw noSuchUser(name);
  return user;
}

/** The user that is named, which has to be. */
export function namedUser(asked: Asked): Promise<User> {
  return userNamed(asked.parameters.required('UserName'), asked);
}
