export { cleanUpAfter, type TestContext } from './clean-up-after.ts';
export { fingerprintOf, writeFileTree } from './file-tree.ts';
export { findProgram } from './find-program.ts';
export { freePort } from './free-port.ts';
export { type PostgresServer, startPostgres } from './postgres.ts';
export { type SshServer, startSshServer } from './ssh-server.ts';
export { temporaryDirectory } from './temporary-directory.ts';
export type { TurnReport } from './turn-meter-report.ts';
export { turnMeterUrl } from './turn-meter-url.ts';
