// DeleteObjects' request.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
//
//   <Delete>
//     <Object>                          1 to 1,000
//       <Key>key</Key>
//       <VersionId>id</VersionId>       optional
//       <ETag>, <LastModifiedTime>, <Size>   optional: delete only if they match
//     </Object>
//     <Quiet>true</Quiet>               optional
//   </Delete>

import type { DeleteCondition } from '../../core/object-storage.ts';
import { deleteKeysMax } from '../../limits.ts';
import { parseDeleteCondition } from '../headers/delete-condition.ts';
import type { Steps } from './steps.ts';
import { parseXmlInSteps, type XmlNode } from './xml-reader.ts';
import { elementsOf, malformed, requireRoot, textOf, trimmedTextOf } from './xml-schema.ts';

export type DeleteRequest = { readonly objects: readonly ObjectToDelete[]; readonly quiet: boolean };

export type ObjectToDelete = {
  readonly key: string;
  readonly versionId: string | undefined;
  readonly condition: DeleteCondition | undefined;
};

/** Throws MalformedXML, InvalidArgument. */
export function* parseDeleteRequest(bytes: Uint8Array): Steps<DeleteRequest> {
  const root = requireRoot(yield* parseXmlInSteps(bytes), 'Delete');
  const elements = elementsOf(root, { Object: 'many', Quiet: 'optional' });
  const count = elements.Object.length;
  if (count === 0 || count > deleteKeysMax) throw malformed();
  const quiet = trimmedTextOf(elements.Quiet[0])?.toLowerCase();
  if (quiet !== undefined && quiet !== 'true' && quiet !== 'false') throw malformed();
  return { objects: elements.Object.map(objectOf), quiet: quiet === 'true' };
}

function objectOf(node: XmlNode): ObjectToDelete {
  const { Key, VersionId, ETag, LastModifiedTime, Size } = elementsOf(node, {
    Key: 'one',
    VersionId: 'optional',
    ETag: 'optional',
    LastModifiedTime: 'optional',
    Size: 'optional',
  });
  const key = textOf(Key[0]!);
  // Nothing is called so; with versioning it would get a delete marker that no other request can name.
  if (key === '') throw malformed();
  return {
    key,
    versionId: trimmedTextOf(VersionId[0]),
    condition: parseDeleteCondition({
      etag: trimmedTextOf(ETag[0]),
      modified: trimmedTextOf(LastModifiedTime[0]),
      size: trimmedTextOf(Size[0]),
    }),
  };
}
