// The set of fingerprints that all threads of a backup share: open addressing on shared memory, claimed with atomics. TO DO
// by its owner: 16 bytes of each fingerprint (of a keyed hash), a chain of tables that double.

export type FingerprintTableHandle = { readonly buffers: readonly SharedArrayBuffer[] };
