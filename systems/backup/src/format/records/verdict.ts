// The payload of `verdicts/<id>`: which packs of `condemned/<id>` are deleted (DESIGN.md, C6).

import { z } from 'zod';
import { decodeJson, encodeJson } from './json-record.ts';
import { hashIdSchema } from './members.ts';

export type VerdictRecord = {
  /** Ids of packs. */
  readonly packs: readonly string[];
};

const verdictSchema = z.object({ packs: z.array(hashIdSchema) });

export function encodeVerdict(record: VerdictRecord): Buffer {
  return encodeJson(record, verdictSchema);
}

/** Throws `damaged`. */
export function decodeVerdict(payload: Uint8Array, object: string): VerdictRecord {
  return decodeJson(payload, object, verdictSchema);
}
