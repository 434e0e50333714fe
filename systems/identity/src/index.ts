export type {
  AccessKeyInfo,
  AccessKeyName,
  ActiveAccessKey,
  AuthorizationRequest,
  Finding,
  Identity,
  Inspection,
  NewAccessKey,
  NewToken,
  Page,
  PageRequest,
  PolicyInfo,
  TokenInfo,
  User,
  UserPolicies,
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
export { type ContextRecord, type ContextValue, whenMissing } from './policy/request-context.ts';
export type { PolicyKind } from './policy/statement.ts';
export { type RootCredentials, readRootCredentials } from './secrets/root-credentials.ts';
export { default as identityStore, type IdentitySql } from './store/store.ts';
export {
  createIdentitySystem,
  type IdentityConfig,
  identitySystem,
  keyFileName,
  rootCredentialsFileName,
} from './system.ts';
