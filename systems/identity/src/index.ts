export type {
  AccessKeyInfo,
  AccessKeyName,
  ActiveAccessKey,
  AssumedRole,
  AssumeRoleRequest,
  AuthorizationRequest,
  Finding,
  Group,
  Identity,
  Inspection,
  NewAccessKey,
  NewOpenIdProvider,
  NewRole,
  NewToken,
  OpenIdProvider,
  Page,
  PageRequest,
  PolicyInfo,
  PolicyVersion,
  PolicyVersionName,
  Role,
  SessionKey,
  TemporaryCredentials,
  TokenInfo,
  User,
  UserPolicies,
  WebIdentityRequest,
  WebIdentityRole,
} from './core/identity.ts';
export { type RepairOptions, repairIdentity } from './core/maintenance/repair.ts';
export { type IdentityOptions, openIdentity } from './core/open-identity.ts';
export { IdentityError, type IdentityErrorCode, identityErrors } from './errors.ts';
export { canonicalIdOf, userOfCanonicalId } from './policy/canonical-id.ts';
export {
  type Decision,
  evaluate,
  type PolicyRequest,
  type StatementReference,
} from './policy/evaluate.ts';
export { Glob, type GlobToken, globTokens } from './policy/glob.ts';
export { type CompiledPolicy, parsePolicy } from './policy/parse-policy.ts';
export { servicePrincipal } from './policy/principal-element.ts';
export { type ContextRecord, type ContextValue, whenMissing } from './policy/request-context.ts';
export type { PolicyKind } from './policy/statement.ts';
export { QueryError, type QueryErrorCode } from './query/query-error.ts';
export {
  isUnsignedCall,
  type QueryAnswer,
  type QueryProtocol,
  type QueryRequest,
  type QueryService,
  queryProtocol,
} from './query/query-protocol.ts';
export { type RootCredentials, readRootCredentials } from './secrets/root-credentials.ts';
export { default as identityStore, type IdentitySql } from './store/store.ts';
export {
  createIdentitySystem,
  type IdentityConfig,
  identitySystem,
  keyFileName,
  rootCredentialsFileName,
} from './system.ts';
