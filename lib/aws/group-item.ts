import { DecodeError } from '../errors.ts';
import type { GroupCodec, SavedGroup } from '../ports/index.ts';
import { decodeGroupDocument, encodeGroupDocument, groupResultTuple } from '../protocol/index.ts';
import { type Item, number } from './item.ts';
import type { Expressions } from './store-expression.ts';

/** Plain JSON, as Celery writes saved groups by default. */
export const jsonGroups: GroupCodec = { encode: encodeGroupDocument, decode: decodeGroupDocument };

/** Writes a saved group's item whole. @param ttl Unix seconds; undefined: it never expires. @throws EncodeError */
export async function saveGroup(
  { groupId, members, parent }: SavedGroup,
  { codec, now, ttl }: { codec: GroupCodec; now: number; ttl: number | undefined },
): Promise<Expressions> {
  const set = 'SET #result = :result, #timestamp = :timestamp';
  const document = await codec.encode(groupResultTuple(groupId, members, parent));
  return {
    UpdateExpression: ttl === undefined ? `${set} REMOVE #ttl` : `${set}, #ttl = :ttl`,
    ExpressionAttributeNames: { '#result': 'result', '#timestamp': 'timestamp', '#ttl': 'ttl' },
    ExpressionAttributeValues: {
      ':result': { B: document },
      ':timestamp': number(now),
      ...(ttl !== undefined && { ':ttl': number(ttl) }),
    },
  };
}

/** Writes a saved group over the one that was read, if that is still there, which has fewer members. @throws EncodeError */
export async function growGroup(
  { groupId, members, parent }: SavedGroup,
  { codec, now, seen }: { codec: GroupCodec; now: number; seen: Item },
): Promise<Expressions> {
  const document = await codec.encode(groupResultTuple(groupId, members, parent));
  return {
    UpdateExpression: 'SET #result = :result, #timestamp = :timestamp',
    ConditionExpression: '#timestamp = :seen AND size(#result) = :bytes',
    ExpressionAttributeNames: { '#result': 'result', '#timestamp': 'timestamp' },
    ExpressionAttributeValues: {
      ':result': { B: document },
      ':timestamp': number(now),
      ':seen': { N: seen.timestamp?.N ?? '0' },
      ':bytes': number(seen.result?.B?.byteLength ?? 0),
    },
  };
}

/** Reads a saved group's item, whoever wrote it. @throws DecodeError */
export async function readGroupItem(
  groupId: string,
  item: Item,
  codec: GroupCodec,
): Promise<SavedGroup> {
  const document = item.result?.B;
  if (document === undefined) {
    throw new DecodeError(
      `The item of group ${groupId} is no saved group: expected an attribute 'result' (B), found ` +
        `${Object.keys(item).join(', ')}. Delete it, or find out who writes to this table.`,
    );
  }
  const [[, parent], members] = await codec.decode(document);
  if (members === null) {
    throw new DecodeError(
      `The document of group ${groupId} refers to a single task: expected the results of a group`,
    );
  }
  return { groupId, members, parent };
}
