// Values of Kafka's protocol that have no type of their own in JavaScript.

/** 16 bytes as Kafka prints them: base64url, 22 characters. */
export type Uuid = string & { readonly __brand: 'Uuid' };

/** Says that there is none. */
export const zeroUuid = 'AAAAAAAAAAAAAAAAAAAAAA' as Uuid;

export const noBytes: Uint8Array = new Uint8Array(0);

/** Batches of records as they are stored, in pieces: their bytes one after the other. */
export type Records = readonly Uint8Array[];
