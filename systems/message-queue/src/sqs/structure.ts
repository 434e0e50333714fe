// What is known of a body without parsing it. How much structure it has: what is small for its bytes may be large as objects, and hold the
// process for a minute while it becomes them. Linear in the body, and fast over long texts, which are searched natively.

import { sqsParametersMax, sqsTokensMax } from '../limits.ts';

const [quote, backslash, comma, bracket, brace] = [0x22, 0x5c, 0x2c, 0x5b, 0x7b];
const firstOfNoncharacter = 0xef;

/** Whether JSON has more members, items and containers than any request of SQS. */
export function isJsonTooRich(body: Buffer): boolean {
  let tokens = 0;
  // As long as what is left could have too many: of most bodies nothing is looked at.
  for (let at = 0; tokens + body.length - at > sqsTokensMax; at++) {
    const byte = body[at];
    if (byte === quote) at = endOfText(body, at);
    else if ((byte === comma || byte === bracket || byte === brace) && ++tokens > sqsTokensMax) return true;
  }
  return false;
}

/**
 * Whether JSON, once it is parsed, can have no text with a character that XML does not know: controls and lone surrogates are escaped
 * in JSON, U+FFFE and U+FFFF are too or begin with EF in UTF-8. To look through the texts takes fifteen times as long.
 */
export function isJsonPlain(body: Buffer): boolean {
  return !body.includes(backslash) && !body.includes(firstOfNoncharacter);
}

/** Of the text that begins there; the end of the body when it has none. */
function endOfText(body: Buffer, start: number): number {
  for (let at = body.indexOf(quote, start + 1); at >= 0; at = body.indexOf(quote, at + 1)) {
    let backslashes = 0;
    while (body[at - 1 - backslashes] === backslash) backslashes++;
    if (backslashes % 2 === 0) return at;
  }
  return body.length;
}

/** Whether a form has more parameters than any request of SQS. */
export function isFormTooRich(form: Buffer | string): boolean {
  let count = 0;
  for (let at = form.indexOf('&'); at >= 0; at = form.indexOf('&', at + 1))
    if (++count >= sqsParametersMax) return true;
  return false;
}
