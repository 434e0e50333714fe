// The payloads of `condemned/<id>` and `condemned/<id>.waits` (DESIGN.md, C3 and C4).

import { z } from 'zod';
import { decodeJson, encodeJson } from './json-record.ts';
import { hashIdSchema, idSchema } from './members.ts';

export type CondemnedRecord = {
  /** Of the collector. */
  readonly session: string;
  /** Ids of packs. */
  readonly packs: readonly string[];
};

export type WaitsRecord = {
  /** Ids of the sessions that were at work after the condemnation was put. */
  readonly sessions: readonly string[];
};

const condemnedSchema = z.object({ session: idSchema, packs: z.array(hashIdSchema) });
const waitsSchema = z.object({ sessions: z.array(idSchema) });

export function encodeCondemned(record: CondemnedRecord): Buffer {
  return encodeJson(record, condemnedSchema);
}

/** Throws `damaged`. */
export function decodeCondemned(payload: Uint8Array, object: string): CondemnedRecord {
  return decodeJson(payload, object, condemnedSchema);
}

export function encodeWaits(record: WaitsRecord): Buffer {
  return encodeJson(record, waitsSchema);
}

/** Throws `damaged`. */
export function decodeWaits(payload: Uint8Array, object: string): WaitsRecord {
  return decodeJson(payload, object, waitsSchema);
}
