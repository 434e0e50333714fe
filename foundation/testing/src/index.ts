export { cleanUpAfter, type TestContext } from './clean-up-after.ts';
export { type EarlyTests, earlyTests } from './early-tests.ts';
export { fingerprintOf, writeFileTree } from './file-tree.ts';
export { findProgram } from './find-program.ts';
export { freePort } from './free-port.ts';
export {
  audience,
  ecKey,
  type IssuerKey,
  type OpenIdIssuer,
  rsaKey,
  shownKey,
  signToken,
  startOpenIdIssuer,
} from './open-id-issuer.ts';
export { type PostgresServer, startPostgres } from './postgres.ts';
export { RawClient, type RawResponse } from './raw-client.ts';
export { type SshServer, startSshServer } from './ssh-server.ts';
export { temporaryDirectory } from './temporary-directory.ts';
export type { TurnReport } from './turn-meter-report.ts';
export { turnMeterUrl } from './turn-meter-url.ts';
export { userNamespace, withoutUserNamespaces } from './user-namespaces.ts';
