export { findProgram } from './find-program.ts';
export { freePort } from './free-port.ts';
export { type PostgresServer, startPostgres } from './postgres.ts';
export { type TestContext, temporaryDirectory } from './temporary-directory.ts';
