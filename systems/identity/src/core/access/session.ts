// Temporary credentials: what a session is, and the token that carries it.
//
// Nothing of a session is stored. Its token is the session itself, sealed under the master key (AES-256-GCM) and bound to
// its access key id: every process that has the key file can open it, and nobody else can make or change one. What ends
// it before its time is looked up at every request: the key that it was made with, or the identity
// provider that let it in, and its user or role.
//
//   token = base64url(sealed JSON), where the JSON is
//
//   { version: 1, secret, parent, fingerprint, owner, issuedMs, expiresMs, policies }         made with an access key
//   { version: 2, secret, webIdentity, tags, owner, issuedMs, expiresMs, policies }           by a web identity

import { createHash } from 'node:crypto';
import type { Principal, PrincipalSession } from '@cairn/service';
import type { Random } from '@cairn/world';
import { z } from 'zod';
import { IdentityError } from '../../errors.ts';
import { sessionTokenCharactersMax } from '../../limits.ts';
import { type CompiledPolicy, parsePolicy } from '../../policy/parse-policy.ts';
import type { ContextRecord } from '../../policy/request-context.ts';
import type { SecretBox } from '../../secrets/secret-box.ts';
import { federationContext, principalTagsContext } from '../../web-identity/federation-context.ts';
import type { ActiveAccessKey } from '../identity.ts';
import { openIdProviderArn, roleArn, rootArn, userArn } from '../operations/names.ts';

const named = z.strictObject({ name: z.string(), path: z.string(), id: z.string() });

const role = z.strictObject({ type: z.literal('role'), ...named.shape, sessionName: z.string() });

const common = {
  secret: z.string(),
  issuedMs: z.int(),
  expiresMs: z.int(),
  /** Documents that limit it. */
  policies: z.array(z.string()).readonly(),
};

const madeWithKey = z.strictObject({
  version: z.literal(1),
  ...common,
  /** Id and fingerprint of the access key that it was made with, and without which it is worth nothing. */
  parent: z.string(),
  fingerprint: z.string(),
  owner: z.discriminatedUnion('type', [
    z.strictObject({ type: z.literal('root') }),
    z.strictObject({ type: z.literal('user'), ...named.shape }),
    role,
  ]),
});

const texts = z.array(z.string()).readonly();

/** Not a record of zod, which leaves out a tag that is called `__proto__`. */
const tagValues = z.custom<Readonly<Record<string, readonly string[]>>>(
  (value) =>
    z.looseObject({}).safeParse(value).success &&
    Object.values(value as object).every((each) => texts.safeParse(each).success),
);

const madeByWebIdentity = z.strictObject({
  version: z.literal(2),
  ...common,
  /** What it is worth nothing without: the provider of that id, and that client of it. */
  webIdentity: z.strictObject({
    provider: z.string(),
    providerId: z.string(),
    /** Null: the provider lets in tokens for anybody. */
    clientId: z.string().nullable(),
    /** What the token said; absent from sessions that such a one made. */
    claims: z
      .strictObject({
        subject: z.string(),
        audiences: texts,
        authorizedParty: z.string().optional(),
        methods: texts,
      })
      .optional(),
  }),
  tags: z.strictObject({ values: tagValues, transitive: texts }),
  owner: role,
});

const contents = z.discriminatedUnion('version', [madeWithKey, madeByWebIdentity]);

export type KeySessionContents = z.output<typeof madeWithKey>;
export type WebSessionContents = z.output<typeof madeByWebIdentity>;
export type SessionContents = KeySessionContents | WebSessionContents;

/** Who a session is of, and what it may do at most. Made by `openSession` only. */
export class Session implements PrincipalSession {
  readonly contents: SessionContents;
  readonly roleArn: string | undefined;
  readonly policies: readonly CompiledPolicy[];
  readonly #account: string;

  constructor(sealed: SessionContents, account: string) {
    this.contents = sealed;
    this.#account = account;
    this.roleArn = sealed.owner.type === 'role' ? roleArn(account, sealed.owner) : undefined;
    this.policies = sealed.policies.map((text) => parsePolicy(text, { kind: 'identity', name: 'session' }));
  }

  /** Condition keys of who was let in by an identity provider. */
  get context(): ContextRecord {
    if (this.contents.version === 1) return {};
    const { webIdentity, tags } = this.contents;
    const { claims, provider: name } = webIdentity;
    const provider = { name, arn: openIdProviderArn(this.#account, name) };
    return { ...(claims && federationContext(provider, claims)), ...principalTagsContext(tags) };
  }

  get issuedMs(): number {
    return this.contents.issuedMs;
  }

  get expiresMs(): number {
    return this.contents.expiresMs;
  }
}

/** Identifies a secret without telling it. */
export function fingerprintOf({ secret }: Pick<ActiveAccessKey, 'secret'>): string {
  return createHash('sha256').update(`session of ${secret}`).digest('base64url').slice(0, 22);
}

export function sealSession(
  session: SessionContents,
  { accessKeyId, secretBox, random }: { accessKeyId: string; secretBox: SecretBox; random: Random },
): string {
  const sealed = secretBox.seal(JSON.stringify(session), { context: contextOf(accessKeyId), random });
  return sealed.toString('base64url');
}

/** Undefined for what was not sealed here, or for another access key. */
export function openSession(
  token: string,
  { accessKeyId, secretBox, account }: { accessKeyId: string; secretBox: SecretBox; account: string },
): ActiveAccessKey | undefined {
  if (token.length > sessionTokenCharactersMax || !/^[\w-]+$/.test(token)) return undefined;
  const text = opened(token, { accessKeyId, secretBox });
  if (text === undefined) return undefined;
  const session = new Session(contents.parse(JSON.parse(text)), account);
  const principal = principalOf(session, { accessKeyId, account });
  return { accessKeyId, secret: session.contents.secret, principal, active: true };
}

function opened(
  token: string,
  { accessKeyId, secretBox }: { accessKeyId: string; secretBox: SecretBox },
): string | undefined {
  try {
    return secretBox.open(Buffer.from(token, 'base64url'), { context: contextOf(accessKeyId) });
  } catch (error) {
    if (error instanceof IdentityError && error.code === 'UnreadableSecret') return undefined;
    throw error;
  }
}

function contextOf(accessKeyId: string): string {
  return `session ${accessKeyId}`;
}

function principalOf(
  session: Session,
  { accessKeyId, account }: { accessKeyId: string; account: string },
): Principal {
  const { owner } = session.contents;
  if (owner.type === 'root')
    return { type: 'root', name: 'root', arn: rootArn(account), accessKeyId, session };
  if (owner.type === 'user')
    return { type: 'user', name: owner.name, arn: userArn(account, owner), accessKeyId, session };
  const name = `${owner.name}/${owner.sessionName}`;
  return { type: 'role', name, arn: sessionArn(account, name), accessKeyId, session };
}

/** `name` is `ROLE/SESSION`; the role's path is not in it. */
export function sessionArn(account: string, name: string): string {
  return `arn:aws:sts::${account}:assumed-role/${name}`;
}
