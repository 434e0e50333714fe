// Principal and NotPrincipal of a resource's policy: whom a statement is about.
//
//   "*"  or  { "AWS": "*" }                           everyone, anonymous clients too
//   { "AWS": "arn:aws:iam::ACCOUNT:user/NAME" }       that user; no wildcards inside, as in AWS
//   { "AWS": "arn:aws:iam::ACCOUNT:role/NAME" }       whoever took on that role
//   { "AWS": "arn:aws:sts::ACCOUNT:assumed-role/NAME/SESSION" }   one session of it
//   { "AWS": "arn:aws:iam:::user/NAME" }              the same without an account: that of this server, as servers without
//                                                     accounts write it (radosgw); AWS refuses it
//                                                     also `arn:aws:iam:::assumed-role/NAME/SESSION`, its way to write a session
//   { "AWS": "ACCOUNT" or "arn:aws:iam::ACCOUNT:root" }   the account: whoever its own policies let
//   { "Federated": "arn:aws:iam::ACCOUNT:oidc-provider/HOST/PATH" }   whoever has a token of that provider, where a role's
//                                                     trust policy is asked for them; with or without an account
//   { "CanonicalUser": "ID" }                         the owner that S3 shows under this id (canonical-id.ts)
//
// An account in an Allow only delegates: it lets in the account's root, and a user needs a policy of his own besides.
// In a Deny it means every principal of the account. As an exception (NotPrincipal) it spares the root alone: the others
// have to be named, as in AWS, where a user is excepted by his own ARN beside that of his account.
// `Service` means a service of this process that asks for itself, as `servicePrincipal`: nobody who logs in. Everyone lets
// in no service, which has to be named, but a Deny for everyone is one for services too. So it is with those who come by an
// identity provider (`federatedPrincipal`), and neither is let in by being no exception (NotPrincipal). Other values of
// `Federated` are kept and match nobody; so do accounts that are names, which other servers have, so that policies can be
// brought along. An anonymous client has no canonical id. Unlike in AWS a user is meant by
// name: one made anew under an old name inherits what resource policies say of it.

import type { Principal } from '@cairn/service';
import { canonicalIdOf } from './canonical-id.ts';
import { type Element, elementOf, member, requireKnown, textsOf } from './document.ts';
import { malformed, quoted, syntaxError } from './malformed.ts';

/** How far a statement means a principal: by name (or everyone), only through its account, or not at all. */
export type PrincipalMatch = 'named' | 'account' | 'none';
export type PrincipalElement = { match(principal: Principal): PrincipalMatch };

type Entry =
  | { readonly kind: 'everyone' }
  | {
      readonly kind: 'arn' | 'own-arn' | 'account' | 'canonical' | 'service' | 'federated';
      readonly value: string;
    };

export function parsePrincipalElement(statement: Element): PrincipalElement {
  const named = member(statement, 'Principal');
  const excepted = member(statement, 'NotPrincipal');
  if (named === undefined && excepted === undefined) throw malformed('Missing required field Principal');
  if (named !== undefined && excepted !== undefined)
    throw malformed(
      `Syntax errors in policy. (${statement.place}: has both Principal and NotPrincipal, must have one)`,
    );
  if (named !== undefined) {
    const entries = entriesOf(named, `${statement.place}.Principal`);
    return { match: (principal) => matchOf(entries, principal) };
  }
  const entries = entriesOf(excepted, `${statement.place}.NotPrincipal`);
  const others = (principal: Principal) => (hasToBeNamed(principal) ? 'account' : 'named');
  return {
    match: (principal) => (matchOf(entries, principal) === 'named' ? 'none' : others(principal)),
  };
}

function entriesOf(value: unknown, place: string): readonly Entry[] {
  if (value === '*') return [{ kind: 'everyone' }];
  const element = elementOf(value, place);
  requireKnown(element, ['AWS', 'Service', 'Federated', 'CanonicalUser']);
  const kinds = Object.entries(element.members);
  if (kinds.length === 0) throw syntaxError({ place, wanted: 'names nobody, must name someone' });
  return kinds.flatMap(([kind, names]) => {
    const texts = textsOf(names, `${place}.${kind}`);
    if (kind === 'AWS') return texts.map((text) => entryOf(text, `${place}.AWS`));
    const known = kindsOfNames[kind];
    return known === undefined ? [] : texts.map((value): Entry => ({ kind: known, value }));
  });
}

const kindsOfNames: Readonly<Record<string, 'canonical' | 'service' | 'federated'>> = {
  CanonicalUser: 'canonical',
  Service: 'service',
  Federated: 'federated',
};

function entryOf(text: string, place: string): Entry {
  if (text === '*') return { kind: 'everyone' };
  const account = /^(?:arn:aws:iam::)?(\d{12})(?::root)?$/.exec(text)?.[1];
  if (account !== undefined) return { kind: 'account', value: account };
  if (/^arn:aws:(?:iam|sts)::(?:\d{12}|[a-z][\w-]*):[^*?]+$/i.test(text)) return { kind: 'arn', value: text };
  if (/^arn:aws:(?:iam:::(?:user|role|assumed-role)|sts:::assumed-role)\/[^*?]+$/.test(text))
    return {
      kind: 'own-arn',
      value: text.replace(/^arn:aws:iam:::assumed-role/, 'arn:aws:sts:::assumed-role'),
    };
  throw syntaxError({ place, wanted: `${quoted(text)} must be "*", an account or the ARN of a principal` });
}

function matchOf(entries: readonly Entry[], principal: Principal): PrincipalMatch {
  let match: PrincipalMatch = 'none';
  for (const entry of entries) {
    if (entry.kind === 'everyone') {
      if (!hasToBeNamed(principal)) return 'named';
      match = 'account';
      continue;
    }
    if (entry.kind === 'arn' && !hasToBeNamed(principal) && isMeant(entry.value, principal)) return 'named';
    if (entry.kind === 'own-arn' && isMeant(entry.value, withoutAccount(principal))) return 'named';
    if (entry.kind === 'canonical' && isOwner(entry.value, principal)) return 'named';
    if (entry.kind === 'service' && isOfService(principal) && principal.name === entry.value) return 'named';
    if (entry.kind === 'federated' && isFederated(principal) && isProvider(entry.value, principal))
      return 'named';
    if (meansAccount(entry.kind, principal) && entry.value === accountOf(principal)) match = 'account';
  }
  return match === 'account' && principal.type === 'root' ? 'named' : match;
}

/** How a service asks for itself, by its name as policies have it: `logging.s3.amazonaws.com`. No client can be this. */
export function servicePrincipal(name: string): Principal {
  return { type: 'anonymous', name, arn: '*', accessKeyId: undefined };
}

/** Whoever has a token of the identity provider with this ARN, as trust policies are asked. No client can be this. */
export function federatedPrincipal(providerArn: string): Principal {
  return { type: 'anonymous', name: federatedName, arn: providerArn, accessKeyId: undefined };
}

/** No service has a name with a space in it. */
const federatedName = 'federated user';

export function isFederated({ type, name }: Principal): boolean {
  return type === 'anonymous' && name === federatedName;
}

/** Who is no client: neither everyone nor an ARN under `AWS` means them. Clients without credentials have a name that no service has. */
function hasToBeNamed({ type, name }: Principal): boolean {
  return type === 'anonymous' && name !== 'anonymous';
}

function isOfService(principal: Principal): boolean {
  return hasToBeNamed(principal) && !isFederated(principal);
}

/** Without an account, as radosgw writes it: that of this server. */
function isProvider(arn: string, { arn: own }: Principal): boolean {
  return arn === own || arn === accountless(own);
}

type Arns = {
  readonly arn: string;
  readonly session?: { readonly roleArn?: string | undefined } | undefined;
};

/** A session is meant by itself, and as its role. */
function isMeant(arn: string, { arn: own, session }: Arns): boolean {
  return arn === own || arn === session?.roleArn;
}

/** Whoever can ask belongs to this server's account. */
function withoutAccount({ arn, session }: Principal): Arns {
  return {
    arn: accountless(arn),
    session: session && { roleArn: session.roleArn && accountless(session.roleArn) },
  };
}

function accountless(arn: string): string {
  return arn.replace(/^(arn:aws:\w+::)\d{12}:/, '$1:');
}

/**
 * What lets in anonymous clients has to say so: else a policy for one owner would be one for everybody. What a role makes
 * is the account's, but it is not the account.
 */
function isOwner(canonicalId: string, principal: Principal): boolean {
  if (principal.type === 'anonymous' || principal.type === 'role') return false;
  return canonicalId === canonicalIdOf(principal);
}

/** The account's canonical id means a role as the account does: its own policies have to let it, too. */
function meansAccount(kind: Entry['kind'], { type }: Principal): boolean {
  return kind === 'account' || (kind === 'canonical' && type === 'role');
}

/** `arn:aws:iam::ACCOUNT:...`; anonymous clients belong to no account. */
function accountOf(principal: Principal): string | undefined {
  return principal.arn.split(':')[4];
}
