// The payload of `verdicts/<id>`: which packs of `condemned/<id>` are deleted (DESIGN.md, C6).

import { decodeJson, encodeJson } from './json-record.ts';
import { hashIdShape } from './members.ts';
import { object } from './object-shape.ts';
import { list } from './shape.ts';

export type VerdictRecord = {
  /** Ids of packs. */
  readonly packs: readonly string[];
};

const verdictShape = object({ packs: list(hashIdShape) });

export function encodeVerdict(record: VerdictRecord): Buffer {
  return encodeJson(record, verdictShape);
}

/** Throws `damaged`. */
export function decodeVerdict(payload: Uint8Array, object: string): VerdictRecord {
  return decodeJson(payload, object, verdictShape);
}
