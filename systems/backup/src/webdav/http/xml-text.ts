// Text in XML and HTML: escaped, and without the characters that XML 1.0 has no way to write.

const notInXml = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu;
const special: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '\r': '&#13;',
  '\n': '&#10;',
  '\t': '&#9;',
};

/** For elements and attributes. */
export function xmlText(text: string): string {
  return text.replace(notInXml, '\uFFFD').replace(/[&<>"'\r\n\t]/g, (character) => special[character]!);
}
