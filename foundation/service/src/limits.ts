// Bounds of the service shell, with units; relations between them are asserted below.

import assert from 'node:assert/strict';

/** A client has this long to send a request's headers. */
export const headersTimeoutMs = 20_000;
/** A client has this long to send a whole request; listeners that take large uploads set their own. */
export const requestTimeoutMs = 60_000;
/** A connection on which nothing moves for this long, in either direction, is cut. */
export const idleTimeoutMs = 120_000;
/** An open connection waits this long for its next request. */
export const keepAliveTimeoutMs = 60_000;
/** Of a body, in as long as nothing may move: what drips would hold a connection for ever. Less than 300 baud bring. */
export const bodyBytesMin = 1024;
/** How often connections are held against the timeouts above, at most and at least. */
export const clientTickMsMax = 1_000;
export const clientTickMsMin = 10;
export const tlsHandshakeTimeoutMs = 10_000;
/** Node's default, said out loud: beyond it a request is answered 431. */
export const headerBytesMax = 16 * 1024;

/** The JSON body of a management request. */
export const apiBodyBytesMax = 1024 * 1024;
/** A stream of the management API that has nothing to say says so this often, lest it be taken for a dead connection. */
export const apiStreamIdleMs = 15_000;

/** A system that does not tell its health within this is not ready. */
export const healthTimeoutMs = 2_000;
/** How long a system may still take after the deadline of a stop before it is left behind. */
export const stopGraceMs = 1_000;

/** Changes of a key pair's files are gathered for this long, as the two files change one after the other. */
export const tlsSettleMs = 200;
/** The files are read this often, whatever the watcher says: network and overlay file systems tell nothing. */
export const tlsPollMs = 30_000;
/** A certificate that ends sooner than this is warned about. */
export const tlsExpiryWarningDays = 14;

assert(headersTimeoutMs <= requestTimeoutMs, 'headers are part of a request');
assert(keepAliveTimeoutMs <= idleTimeoutMs, 'the idle timeout would cut connections that are kept alive');
assert(apiStreamIdleMs < idleTimeoutMs, 'the idle timeout would cut a stream that waits');
assert(clientTickMsMax < headersTimeoutMs, 'a timeout is checked more often than it lasts');
assert(tlsSettleMs < tlsPollMs, 'a change settles before the next poll');
