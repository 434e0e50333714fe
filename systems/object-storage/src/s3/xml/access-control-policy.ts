// Access control lists as XML.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectAcl.html
//
//   <AccessControlPolicy>
//     <Owner><ID>id</ID><DisplayName>name</DisplayName></Owner>
//     <AccessControlList>
//       <Grant>                                                          at most 100
//         <Grantee xsi:type="CanonicalUser"><ID>id</ID></Grantee>        or <URI> of a group, or <EmailAddress>
//         <Permission>FULL_CONTROL</Permission>
//       </Grant>
//     </AccessControlList>
//   </AccessControlPolicy>

import type { Grant } from '../../core/object-storage.ts';
import { ObjectStorageError } from '../../errors.ts';
import { type Acl, isGroup, type Permission, permissions } from '../access/acl.ts';
import type { GranteeName } from '../access/grantees.ts';
import { grantsMax } from '../limits.ts';
import { ownerElements } from './elements.ts';
import { parseXml, type XmlNode } from './xml-reader.ts';
import { elementsOf, requireRoot, trimmedTextOf } from './xml-schema.ts';
import { type XmlElement, xmlDocument } from './xml-writer.ts';

export type AccessControlPolicy = {
  readonly owner: string;
  readonly grants: readonly { readonly grantee: GranteeName; readonly permission: Permission }[];
};

/** Throws MalformedACLError. */
export function parseAccessControlPolicy(bytes: Uint8Array): AccessControlPolicy {
  try {
    return policyOf(requireRoot(parseXml(bytes), 'AccessControlPolicy'));
  } catch (error) {
    const malformed = error instanceof ObjectStorageError && error.code === 'MalformedXML';
    throw malformed ? new ObjectStorageError('MalformedACLError', { cause: error }) : error;
  }
}

function policyOf(root: XmlNode): AccessControlPolicy {
  const { Owner, AccessControlList } = elementsOf(root, { Owner: 'one', AccessControlList: 'optional' });
  const { ID } = elementsOf(Owner[0]!, { ID: 'one', DisplayName: 'optional' });
  const list = AccessControlList[0];
  const { Grant: nodes } = list === undefined ? { Grant: [] } : elementsOf(list, { Grant: 'many' });
  if (nodes.length > grantsMax) throw new ObjectStorageError('MalformedACLError');
  return { owner: trimmedTextOf(ID[0])!, grants: nodes.map(grantOf) };
}

function grantOf(node: XmlNode): AccessControlPolicy['grants'][number] {
  const { Grantee, Permission } = elementsOf(node, { Grantee: 'one', Permission: 'one' });
  const name = trimmedTextOf(Permission[0]);
  const permission = permissions.find((known) => known === name);
  if (permission === undefined) throw new ObjectStorageError('MalformedACLError');
  return { grantee: granteeOf(Grantee[0]!), permission };
}

/** What stands in it says what kind it is. */
export function granteeOf(node: XmlNode): GranteeName {
  const { ID, URI, EmailAddress } = elementsOf(node, {
    ID: 'optional',
    URI: 'optional',
    EmailAddress: 'optional',
    DisplayName: 'optional',
  });
  const [id, uri, email] = [trimmedTextOf(ID[0]), trimmedTextOf(URI[0]), trimmedTextOf(EmailAddress[0])];
  if ([id, uri, email].filter((text) => text !== undefined).length !== 1) {
    throw new ObjectStorageError('MalformedACLError');
  }
  if (id !== undefined) return { kind: 'id', text: id };
  return uri === undefined ? { kind: 'email', text: email! } : { kind: 'group', text: uri };
}

const schemaInstance = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"';

/** Groups come first, as other servers show them. */
export function accessControlPolicy(owner: string, acl: Acl): string {
  const groupsFirst = [
    ...acl.filter(({ grantee }) => isGroup(grantee)),
    ...acl.filter(({ grantee }) => !isGroup(grantee)),
  ];
  return xmlDocument('AccessControlPolicy', [
    ['Owner', ownerElements(owner)],
    ['AccessControlList', groupsFirst.map((grant): XmlElement => ['Grant', grantElements(grant)])],
  ]);
}

export function grantElements({ grantee, permission }: Grant): XmlElement[] {
  const group = isGroup(grantee);
  const type = group ? 'Group' : 'CanonicalUser';
  return [
    [`Grantee ${schemaInstance} xsi:type="${type}"`, group ? [['URI', grantee]] : ownerElements(grantee)],
    ['Permission', permission],
  ];
}
