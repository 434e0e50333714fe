// Identity as a library: what every protocol asks on each request, and what the management API and other systems call.
//
// Every change either resolves, durable and in effect for every later call of this process, or throws IdentityError
// (errors.ts) and has no effect; after ServiceUnavailable its outcome is not known. Other processes on the same
// database see a change within two seconds.

import type { Authenticator, Principal } from '@cairn/service';
import type { Decision } from '../policy/evaluate.ts';
import type { CompiledPolicy } from '../policy/parse-policy.ts';
import type { ContextRecord } from '../policy/request-context.ts';
import type { RootCredentials } from '../secrets/root-credentials.ts';

export type Identity = {
  /** The account of every ARN. */
  readonly account: string;
  /** Present when this start made them: to be shown once. */
  readonly newRootCredentials: RootCredentials | undefined;
  /** For the /api frame: HTTP Basic and bearer tokens. */
  readonly authenticator: Authenticator;

  /**
   * The key of that id if it is active; undefined else. At once from the cache when it can: await only a promise.
   * Throws UnreadableSecret.
   */
  findAccessKey(accessKeyId: string): ActiveAccessKey | undefined | Promise<ActiveAccessKey | undefined>;
  /**
   * Decides a request of someone who proved who they are, by their policies and those of the resource. Root may do
   * everything that no policy of the resource denies; a user whose key was revoked since, nothing, by an explicit deny.
   * An anonymous client has what resource policies give. Notes the use of the key.
   */
  authorize(principal: Principal, request: AuthorizationRequest): Decision | Promise<Decision>;
  /** Whether a protocol that allows it may serve a client without credentials now. At once when it is known: await only a promise. */
  allowsAnonymous(): boolean | Promise<boolean>;

  /** The path is a part of the ARN, `/` unless given. */
  createUser(request: { name: string; path?: string }): Promise<User>;
  setUserPath(request: { name: string; path: string }): Promise<void>;
  getUser(request: { name: string }): Promise<User>;
  /** By a name in any case; undefined when there is none. */
  findUser(request: { name: string }): Promise<User | undefined>;
  /** The ARN that a user of that name has, or would have. */
  userArn(request: { name: string }): Promise<string>;
  /** Sorted by name without regard to case, of those whose path begins so. */
  listUsersUnder(page: PageRequest & { pathPrefix?: string | undefined }): Promise<Page<User>>;
  /** Sorted by name. */
  listUsers(page?: PageRequest): Promise<Page<User>>;
  /** Throws DeleteConflict while the user has keys or policies or is in a group, unless `force` takes them along. */
  deleteUser(request: { name: string; force?: boolean }): Promise<void>;

  /** The only time the secret is shown. Throws LimitExceeded at the third key. */
  createAccessKey(request: { user: string }): Promise<NewAccessKey>;
  /** The oldest first. */
  listAccessKeys(request: { user: string }): Promise<readonly AccessKeyInfo[]>;
  /** Switching off ends the key's tokens. Switching on throws UnreadableSecret when the secret cannot be used. */
  setAccessKeyActive(request: AccessKeyName & { active: boolean }): Promise<void>;
  deleteAccessKey(request: AccessKeyName): Promise<void>;

  /**
   * Creates, or replaces the document of the default version, where the description stays; with `onlyNew` throws
   * EntityAlreadyExists. Throws MalformedPolicyDocument, UnmodifiableEntity for a canned one.
   */
  putPolicy(request: {
    name: string;
    document: string;
    description?: string | undefined;
    onlyNew?: boolean;
  }): Promise<PolicyInfo>;
  getPolicy(request: { name: string }): Promise<PolicyInfo & PolicyUse & { document: string }>;
  /** Canned ones first, then sorted by name. */
  listPolicies(page?: PageRequest): Promise<Page<PolicyInfo>>;
  /**
   * Throws DeleteConflict while a user, a role or a group has it, and while it has versions besides the default, unless
   * `force` takes those along.
   */
  deletePolicy(request: { name: string; force?: boolean }): Promise<void>;
  /**
   * A document that a managed policy can be held to, now or later. Versions are numbered from 1 and no number is used
   * again. Throws LimitExceeded at the sixth, MalformedPolicyDocument, UnmodifiableEntity for a canned policy.
   */
  createPolicyVersion(request: {
    name: string;
    document: string;
    setAsDefault?: boolean;
  }): Promise<PolicyVersion>;
  getPolicyVersion(request: PolicyVersionName): Promise<PolicyVersion & { document: string }>;
  /** The newest first. */
  listPolicyVersions(request: { name: string }): Promise<readonly PolicyVersion[]>;
  /** Whoever has the policy is held to that version from now on. */
  setDefaultPolicyVersion(request: PolicyVersionName): Promise<void>;
  /** Throws DeleteConflict for the default one. */
  deletePolicyVersion(request: PolicyVersionName): Promise<void>;
  attachPolicy(request: { user: string; policy: string }): Promise<void>;
  detachPolicy(request: { user: string; policy: string }): Promise<void>;
  /** A policy of one user's own. Creates or replaces. */
  putUserPolicy(request: { user: string; name: string; document: string }): Promise<void>;
  getUserPolicy(request: { user: string; name: string }): Promise<{ name: string; document: string }>;
  deleteUserPolicy(request: { user: string; name: string }): Promise<void>;
  listUserPolicies(request: { user: string }): Promise<UserPolicies>;

  /** `name` is taken in any case by all of these. */
  createRole(request: NewRole): Promise<Role>;
  getRole(request: { name: string }): Promise<Role>;
  /** Sorted by name without regard to case, of those whose path begins so. */
  listRoles(page?: PageRequest & { pathPrefix?: string | undefined }): Promise<Page<Role>>;
  /** Changes what is given. */
  updateRole(request: { name: string } & Partial<Pick<Role, RoleSetting>>): Promise<void>;
  /** Throws DeleteConflict while it has policies. Its sessions end. */
  deleteRole(request: { name: string }): Promise<void>;
  attachRolePolicy(request: { role: string; policy: string }): Promise<void>;
  detachRolePolicy(request: { role: string; policy: string }): Promise<void>;
  putRolePolicy(request: { role: string; name: string; document: string }): Promise<void>;
  getRolePolicy(request: { role: string; name: string }): Promise<{ name: string; document: string }>;
  deleteRolePolicy(request: { role: string; name: string }): Promise<void>;
  listRolePolicies(request: { role: string }): Promise<UserPolicies>;

  /** Who is in a group has its policies besides their own. `name` and `group` are taken in any case by all of these. */
  createGroup(request: { name: string; path?: string | undefined }): Promise<Group>;
  getGroup(request: { name: string }): Promise<Group>;
  /** Sorted by name without regard to case, of those whose path begins so. */
  listGroups(page?: PageRequest & { pathPrefix?: string | undefined }): Promise<Page<Group>>;
  /** Another name, another path, or both; members and policies stay. */
  updateGroup(request: {
    name: string;
    newName?: string | undefined;
    path?: string | undefined;
  }): Promise<void>;
  /** Throws DeleteConflict while it has members or policies. */
  deleteGroup(request: { name: string }): Promise<void>;
  /** Idempotent. Throws LimitExceeded at the eleventh group of a user. */
  addUserToGroup(request: { group: string; user: string }): Promise<void>;
  removeUserFromGroup(request: { group: string; user: string }): Promise<void>;
  /** Sorted by name. */
  listGroupMembers(page: PageRequest & { group: string }): Promise<Page<User>>;
  /** Sorted by name without regard to case. */
  listGroupsOfUser(request: { user: string }): Promise<readonly Group[]>;
  attachGroupPolicy(request: { group: string; policy: string }): Promise<void>;
  detachGroupPolicy(request: { group: string; policy: string }): Promise<void>;
  putGroupPolicy(request: { group: string; name: string; document: string }): Promise<void>;
  getGroupPolicy(request: { group: string; name: string }): Promise<{ name: string; document: string }>;
  deleteGroupPolicy(request: { group: string; name: string }): Promise<void>;
  listGroupPolicies(request: { group: string }): Promise<UserPolicies>;

  /**
   * Somebody else who says who people are, by web identity tokens for one of the clients that are named. `url` is the
   * issuer of the tokens, by https unless it is on this machine; the name is the same without the scheme. Throws
   * EntityAlreadyExists, LimitExceeded.
   */
  createOpenIdProvider(request: NewOpenIdProvider): Promise<OpenIdProvider>;
  getOpenIdProvider(request: { name: string }): Promise<OpenIdProvider>;
  /** Sorted by name. */
  listOpenIdProviders(): Promise<readonly OpenIdProvider[]>;
  /** The sessions that it let in end. */
  deleteOpenIdProvider(request: { name: string }): Promise<void>;
  /** Idempotent. Throws LimitExceeded at the 101st. */
  addOpenIdClient(request: { name: string; clientId: string }): Promise<void>;
  /** Idempotent. The sessions that the client let in end. */
  removeOpenIdClient(request: { name: string; clientId: string }): Promise<void>;
  /** SHA-1 of certificates by which the provider is known where no public authority vouches for it. */
  setOpenIdThumbprints(request: { name: string; thumbprints: readonly string[] }): Promise<void>;

  /** Temporary credentials of a user, or of root, with their rights. */
  getSessionToken(request: {
    principal: Principal;
    seconds?: number | undefined;
  }): Promise<TemporaryCredentials>;
  /** Temporary credentials with the rights of a role, for whoever its trust policy lets. Throws AccessDenied. */
  assumeRole(request: AssumeRoleRequest): Promise<AssumedRole>;
  /**
   * Temporary credentials with the rights of a role, for whoever has a token of a registered OpenID Connect provider that
   * the role's trust policy lets. Nobody has to be logged in. Throws InvalidIdentityToken, ExpiredTokenException,
   * IDPCommunicationError, AccessDenied, PackedPolicyTooLarge.
   */
  assumeRoleWithWebIdentity(request: WebIdentityRequest): Promise<WebIdentityRole>;
  /** Who comes with temporary credentials; which of AWS's errors it is when they are worth nothing. */
  findSession(request: { accessKeyId: string; token: string }): SessionKey | Promise<SessionKey>;
  /** AWS's `UserId`: of root the account, of a role `ID:SESSION`; undefined when there is no such user any more. */
  uniqueIdOf(principal: Principal): Promise<string | undefined>;
  /** The user that has a key, active or not; undefined when nobody has. */
  ownerOfAccessKey(request: { accessKeyId: string }): Promise<AccessKeyInfo | undefined>;

  /** A bearer token with the rights of the principal; it ends with the key that the principal logged in with. */
  issueToken(request: { principal: Principal; lifetimeMs?: number }): Promise<NewToken>;
  /** `user` is a name, or `root`. Those that have not expired, the oldest first. */
  listTokens(request: { user: string }): Promise<readonly TokenInfo[]>;
  revokeToken(request: { user: string; id: string }): Promise<void>;

  /** Read only. The database is sound, every active secret decrypts, every policy parses. */
  check(): Promise<readonly Finding[]>;
  inspect(request?: { user?: string }): Promise<Inspection>;
  /** Finishes what is under way and notes the last uses of keys; the database stays open. */
  close(): Promise<void>;
};

export type ActiveAccessKey = {
  readonly accessKeyId: string;
  readonly secret: string;
  readonly principal: Principal;
  readonly active: true;
};

export type AuthorizationRequest = {
  /** `service:Operation`. */
  readonly action: string;
  /** An ARN, or `*`. */
  readonly resource: string;
  /** Condition keys of the request; those of the principal and of the time are added. */
  readonly context?: ContextRecord | (() => ContextRecord) | undefined;
  /** Policies of the resource, such as a bucket's. */
  readonly resourcePolicies?: readonly CompiledPolicy[] | undefined;
};

/** `next` of a page is `after` of the one behind it. */
export type PageRequest = { readonly after?: string | undefined; readonly limit?: number | undefined };
export type Page<Item> = { readonly items: readonly Item[]; readonly next?: string };

export type User = {
  readonly name: string;
  readonly id: string;
  /** Begins and ends with a slash. */
  readonly path: string;
  readonly arn: string;
  readonly createdMs: number;
};

export type Group = User;

export type AccessKeyName = { readonly user: string; readonly accessKeyId: string };
export type AccessKeyInfo = AccessKeyName & {
  readonly active: boolean;
  readonly createdMs: number;
  /** To the minute; absent when it never was. */
  readonly lastUsedMs?: number;
};
export type NewAccessKey = AccessKeyInfo & { readonly secretKey: string };

export type PolicyInfo = {
  readonly name: string;
  readonly arn: string;
  readonly canned: boolean;
  readonly defaultVersion: number;
  readonly description?: string;
  /** Absent from canned ones. */
  readonly createdMs?: number;
  /** When it was put, or got its latest version. */
  readonly updatedMs?: number;
};
export type PolicyVersionName = { readonly name: string; readonly version: number };
export type PolicyVersion = {
  readonly version: number;
  readonly isDefault: boolean;
  /** Absent from that of a canned policy. */
  readonly createdMs?: number;
};
export type PolicyUse = {
  readonly users: readonly string[];
  readonly roles: readonly string[];
  readonly groups: readonly string[];
};
export type UserPolicies = { readonly attached: readonly string[]; readonly inline: readonly string[] };

export type TokenInfo = {
  readonly id: string;
  readonly user: string;
  readonly accessKeyId: string;
  readonly issuedMs: number;
  readonly expiresMs: number;
};
export type NewToken = TokenInfo & { readonly token: string };

export type RoleSetting = 'trustPolicy' | 'description' | 'sessionSecondsMax';
export type Role = {
  readonly name: string;
  readonly id: string;
  readonly path: string;
  readonly arn: string;
  /** The policy that says who may take it on. */
  readonly trustPolicy: string;
  readonly description: string | undefined;
  readonly sessionSecondsMax: number;
  readonly createdMs: number;
};
export type NewRole = Pick<Role, 'name' | 'trustPolicy'> & {
  readonly path?: string | undefined;
  readonly description?: string | undefined;
  readonly sessionSecondsMax?: number | undefined;
};

export type OpenIdProvider = {
  /** The URL without its scheme. */
  readonly name: string;
  readonly id: string;
  readonly url: string;
  readonly arn: string;
  /** In the order in which they were added. */
  readonly clientIds: readonly string[];
  readonly thumbprints: readonly string[];
  readonly createdMs: number;
};
export type NewOpenIdProvider = Pick<OpenIdProvider, 'url'> & {
  readonly clientIds?: readonly string[];
  readonly thumbprints?: readonly string[];
};

export type TemporaryCredentials = {
  readonly accessKeyId: string;
  readonly secretKey: string;
  readonly token: string;
  readonly expiresMs: number;
};
export type AssumeRoleRequest = {
  readonly principal: Principal;
  readonly roleArn: string;
  readonly sessionName: string;
  readonly seconds?: number | undefined;
  /** Limits the session to what it allows too. */
  readonly policy?: string | undefined;
  readonly externalId?: string | undefined;
  /** Condition keys of the request. */
  readonly context?: ContextRecord | undefined;
};
export type AssumedRole = TemporaryCredentials & { readonly arn: string; readonly id: string };
export type WebIdentityRequest = Omit<AssumeRoleRequest, 'principal' | 'externalId'> & {
  /** A JSON Web Token. */
  readonly token: string;
};
export type WebIdentityRole = AssumedRole & {
  readonly subject: string;
  /** The client of the provider that the token is for; without a listed one its first audience. */
  readonly audience: string;
  /** The provider's ARN. */
  readonly provider: string;
};
export type SessionKey = ActiveAccessKey | 'ExpiredToken' | 'InvalidToken';

/** One damaged thing. */
export type Finding = { readonly subject: string; readonly problem: string };

export type Inspection = {
  readonly account: string;
  readonly masterKeyId: string;
  readonly counts: {
    readonly users: number;
    readonly accessKeys: number;
    readonly policies: number;
    readonly inlinePolicies: number;
    readonly tokens: number;
    readonly roles: number;
    readonly groups: number;
    readonly openIdProviders: number;
  };
  readonly user?: User & {
    readonly accessKeys: readonly AccessKeyInfo[];
    /** The user's own; those of the groups come besides. */
    readonly policies: UserPolicies;
    readonly groups: readonly string[];
  };
};
