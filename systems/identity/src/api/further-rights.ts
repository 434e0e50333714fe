// Rights that a route asks for beside its action, where what it does has another action of its own at AWS.

import { type ApiCaller, ApiError } from '@cairn/service';
import type { Identity } from '../core/identity.ts';

type Right = { readonly action: string; readonly resource: string };

export async function hasRight(
  identity: Identity,
  { principal, conditions }: ApiCaller,
  right: Right,
): Promise<boolean> {
  return (await identity.authorize(principal, { ...right, context: conditions })).decision === 'allow';
}

/** Throws forbidden. */
export async function requireRight(identity: Identity, caller: ApiCaller, right: Right): Promise<void> {
  if (await hasRight(identity, caller, right)) return;
  const { action, resource } = right;
  throw new ApiError('forbidden', `${caller.principal.arn} may not ${action} on ${resource}`);
}
