// The payload of `sessions/<id>`: a writer is at work. That it is there is what counts; what it says is for people.

import { z } from 'zod';
import { decodeJson, encodeJson } from './json-record.ts';
import { timeSchema } from './members.ts';

export type SessionRecord = {
  /** `create`, `gc` ...; a newer version may have others. */
  readonly purpose: string;
  readonly host: string;
  readonly user: string;
  /** RFC 3339, by the writer's clock. */
  readonly started: string;
};

const sessionSchema = z.object({
  purpose: z.string(),
  host: z.string(),
  user: z.string(),
  started: timeSchema,
});

export function encodeSession(session: SessionRecord): Buffer {
  return encodeJson(session, sessionSchema);
}

/** Throws `damaged`. */
export function decodeSession(payload: Uint8Array, object: string): SessionRecord {
  return decodeJson(payload, object, sessionSchema);
}
