// What client and server of the store agree on.

/** On the 7000 listener. */
export const storePrefix = '/api/backup/store';
/** Of the management routes of one repository. */
export const managementPrefix = '/api/backup/repositories';
/** In one request: 16 Ki keys hold the loop that serves sockets for some 5 ms. */
export const keysPerRequestMax = 16_384;
/** One byte for each key. `promised`: another writer holds the lease. */
export const lookupAnswers = { unknown: 0, known: 1, promised: 2 } as const satisfies Record<string, number>;
/** How long a writer that died keeps others from a chunk; one that lives says so every third of it. */
export const fingerprintLeaseMs = 60_000;
