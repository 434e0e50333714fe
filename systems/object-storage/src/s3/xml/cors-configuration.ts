// A bucket's CORS rules as XML.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketCors.html
//
//   <CORSConfiguration>
//     <CORSRule>                                        1 to 100
//       <ID>name</ID>                                   optional, at most 255 characters
//       <AllowedOrigin>https://*.example.com</AllowedOrigin>       one or more; one `*` at most
//       <AllowedMethod>GET</AllowedMethod>              one or more: GET, PUT, HEAD, POST, DELETE
//       <AllowedHeader>x-amz-*</AllowedHeader>          any number; one `*` at most
//       <ExposeHeader>etag</ExposeHeader>               any number
//       <MaxAgeSeconds>3000</MaxAgeSeconds>             optional
//     </CORSRule>
//   </CORSConfiguration>

import { ObjectStorageError } from '../../errors.ts';
import { type CorsMethod, type CorsRule, corsMethods } from '../cors/cors-rules.ts';
import { corsRulesMax } from '../limits.ts';
import { parseXml, type XmlNode } from './xml-reader.ts';
import { elementsOf, malformed, requireRoot, trimmedTextOf } from './xml-schema.ts';
import { type XmlElement, xmlDocument } from './xml-writer.ts';

/** Throws MalformedXML, InvalidRequest. */
export function parseCorsConfiguration(bytes: Uint8Array): readonly CorsRule[] {
  const root = requireRoot(parseXml(bytes), 'CORSConfiguration');
  const { CORSRule } = elementsOf(root, { CORSRule: 'many' });
  if (CORSRule.length === 0 || CORSRule.length > corsRulesMax) throw malformed();
  return CORSRule.map(ruleOf);
}

function ruleOf(node: XmlNode): CorsRule {
  const elements = elementsOf(node, {
    ID: 'optional',
    AllowedOrigin: 'many',
    AllowedMethod: 'many',
    AllowedHeader: 'many',
    ExposeHeader: 'many',
    MaxAgeSeconds: 'optional',
  });
  const { AllowedOrigin, AllowedMethod, AllowedHeader, ExposeHeader } = elements;
  if (AllowedOrigin.length === 0 || AllowedMethod.length === 0) throw malformed();
  const id = trimmedTextOf(elements.ID[0]);
  if ((id ?? '').length > 255) throw malformed();
  return {
    id,
    origins: AllowedOrigin.map((origin) => patternOf(origin, 'AllowedOrigin')),
    methods: AllowedMethod.map(methodOf),
    headers: AllowedHeader.map((header) => patternOf(header, 'AllowedHeader')),
    exposed: ExposeHeader.map(exposedOf),
    maxAgeSeconds: maxAgeOf(elements.MaxAgeSeconds[0]),
  };
}

function patternOf(node: XmlNode, name: string): string {
  const text = trimmedTextOf(node)!;
  if (text.split('*').length <= 2) return text;
  throw invalid(`${name} "${text}" can not have more than one wildcard.`);
}

function methodOf(node: XmlNode): CorsMethod {
  const text = trimmedTextOf(node)!;
  const method = corsMethods.find((known) => known === text);
  if (method !== undefined) return method;
  throw invalid(`Found unsupported HTTP method in CORS config. Unsupported method is ${text}`);
}

/** It will stand in an answer's header. */
function exposedOf(node: XmlNode): string {
  const text = trimmedTextOf(node)!;
  if (text.includes('*')) {
    throw invalid(
      `ExposeHeader "${text}" contains wildcard. We currently do not support wildcard for ExposeHeader.`,
    );
  }
  if (!/^[\w!#$%&'+.^`|~-]+$/.test(text)) throw malformed();
  return text;
}

function maxAgeOf(node: XmlNode | undefined): number | undefined {
  const text = trimmedTextOf(node);
  if (text === undefined) return undefined;
  if (!/^\d{1,9}$/.test(text)) throw malformed();
  return Number(text);
}

function invalid(message: string): ObjectStorageError {
  return new ObjectStorageError('InvalidRequest', { message });
}

export function corsConfiguration(rules: readonly CorsRule[]): string {
  return xmlDocument(
    'CORSConfiguration',
    rules.map((rule): XmlElement => ['CORSRule', ruleElements(rule)]),
  );
}

function ruleElements({ id, origins, methods, headers, exposed, maxAgeSeconds }: CorsRule): XmlElement[] {
  const each = (name: string, values: readonly string[]) => values.map((value): XmlElement => [name, value]);
  return [
    ['ID', id],
    ...each('AllowedOrigin', origins),
    ...each('AllowedMethod', methods),
    ...each('AllowedHeader', headers),
    ...each('ExposeHeader', exposed),
    ['MaxAgeSeconds', maxAgeSeconds],
  ];
}
