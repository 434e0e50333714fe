// The payload of `sessions/<id>`: a writer is at work. That it is there is what counts; what it says is for people.

import { decodeJson, encodeJson } from './json-record.ts';
import { timeShape } from './members.ts';
import { object } from './object-shape.ts';
import { text } from './shape.ts';

export type SessionRecord = {
  /** `create`, `gc` ...; a newer version may have others. */
  readonly purpose: string;
  readonly host: string;
  readonly user: string;
  /** RFC 3339, by the writer's clock. */
  readonly started: string;
};

const sessionShape = object({
  purpose: text(),
  host: text(),
  user: text(),
  started: timeShape,
});

export function encodeSession(session: SessionRecord): Buffer {
  return encodeJson(session, sessionShape);
}

/** Throws `damaged`. */
export function decodeSession(payload: Uint8Array, object: string): SessionRecord {
  return decodeJson(payload, object, sessionShape);
}
