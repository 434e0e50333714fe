// The payloads of `condemned/<id>` and `condemned/<id>.waits` (DESIGN.md, C3 and C4).

import { decodeJson, encodeJson } from './json-record.ts';
import { hashIdShape, idShape } from './members.ts';
import { object } from './object-shape.ts';
import { list } from './shape.ts';

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

const condemnedShape = object({ session: idShape, packs: list(hashIdShape) });
const waitsShape = object({ sessions: list(idShape) });

export function encodeCondemned(record: CondemnedRecord): Buffer {
  return encodeJson(record, condemnedShape);
}

/** Throws `damaged`. */
export function decodeCondemned(payload: Uint8Array, object: string): CondemnedRecord {
  return decodeJson(payload, object, condemnedShape);
}

export function encodeWaits(record: WaitsRecord): Buffer {
  return encodeJson(record, waitsShape);
}

/** Throws `damaged`. */
export function decodeWaits(payload: Uint8Array, object: string): WaitsRecord {
  return decodeJson(payload, object, waitsShape);
}
