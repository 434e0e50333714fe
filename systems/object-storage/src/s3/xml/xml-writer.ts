// Writes XML documents: elements with text or elements in them, nothing else, everything escaped.
//
// Control characters that XML 1.0 cannot hold are written as references (`&#x1;`), as Amazon does: a key with one stays
// readable to most parsers, and `encoding-type=url` is the way for the others.

export type XmlContent = string | number | boolean | undefined | readonly (XmlElement | WrittenXml)[];
export type XmlElement = readonly [name: string, content: XmlContent];
/** Elements as text, escaped by who wrote them: for the thousand entries of a page. */
export type WrittenXml = { readonly written: string };

const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n';
const namespace = 'http://s3.amazonaws.com/doc/2006-03-01/';

/** A whole document in S3's namespace. Elements with undefined content are left out. */
export function xmlDocument(name: string, content: XmlContent): string {
  return `${declaration}<${name} xmlns="${namespace}">${contentText(content)}</${name}>`;
}

/** A whole document without a namespace: error documents have none. */
export function plainXmlDocument(name: string, content: XmlContent): string {
  return `${declaration}<${name}>${contentText(content)}</${name}>`;
}

/** Elements without a document around them. */
export function writeXml(content: readonly XmlElement[]): string {
  return contentText(content);
}

function contentText(content: XmlContent): string {
  if (typeof content === 'string') return escapeXml(content);
  if (typeof content !== 'object') return String(content);
  let text = '';
  for (const element of content) {
    if ('written' in element) {
      text += element.written;
      continue;
    }
    const [name, inner] = element;
    // An element with attributes is named with them; its end is not.
    if (inner !== undefined) text += `<${name}>${contentText(inner)}</${elementName(name)}>`;
  }
  return text;
}

function elementName(name: string): string {
  const blank = name.indexOf(' ');
  return blank === -1 ? name : name.slice(0, blank);
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what has to be escaped.
const special = /[&<>"\u0000-\u0008\u000a-\u001f\u007f-\u009f\ufffe\uffff]/g;

/** The text of an element. Line ends become references too, because parsers rewrite them. */
export function escapeXml(text: string): string {
  // Most texts have nothing to escape.
  if (text.search(special) === -1) return text;
  return text.replace(special, (character) => named[character] ?? reference(character));
}

const named: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

function reference(character: string): string {
  return `&#x${character.charCodeAt(0).toString(16)};`;
}
