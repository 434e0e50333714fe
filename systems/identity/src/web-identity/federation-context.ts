// Condition keys of whoever was let in by an identity provider: those of the provider, and the tags.
//
//   HOST/PATH:aud        whom the token was given to (`azp`) when it says so, else whom it is for (`aud`), as at AWS
//   HOST/PATH:oaud       whom it is for, when it says besides whom it was given to
//   HOST/PATH:app_id     whom it is for, as radosgw has it
//   HOST/PATH:azp, :sub, :amr

import type { ContextRecord } from '../policy/request-context.ts';
import type { WebIdentityClaims } from './claims.ts';
import type { SessionTags } from './session-tags.ts';

export type Federation = Pick<WebIdentityClaims, 'subject' | 'audiences' | 'methods'> & {
  readonly authorizedParty?: string | undefined;
};

export function federationContext(
  provider: { readonly name: string; readonly arn: string },
  { subject, audiences, authorizedParty, methods }: Federation,
): ContextRecord {
  const { name, arn } = provider;
  return {
    'aws:federatedprovider': arn,
    [`${name}:aud`]: authorizedParty ?? audiences,
    [`${name}:oaud`]: authorizedParty === undefined ? undefined : audiences,
    [`${name}:app_id`]: audiences,
    [`${name}:azp`]: authorizedParty,
    [`${name}:sub`]: subject,
    [`${name}:amr`]: methods,
  };
}

/** Of the request for a session: what the session is to have. */
export function requestedTagsContext({ values, transitive }: SessionTags): ContextRecord {
  return {
    ...prefixed('aws:requesttag/', values),
    'aws:tagkeys': Object.keys(values),
    'sts:transitivetagkeys': transitive,
  };
}

/** Of every request of a session. */
export function principalTagsContext({ values }: SessionTags): ContextRecord {
  return prefixed('aws:principaltag/', values);
}

function prefixed(prefix: string, values: SessionTags['values']): ContextRecord {
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => [`${prefix}${key.toLowerCase()}`, value]),
  );
}
