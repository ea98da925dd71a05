import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { Lease, LeaseRecord, LeaseWrite } from '../ports/index.ts';
import { type Item, number } from './item.ts';

/** What a lease adds to the UpdateItem that writes a result item. */
export interface LeaseExpression {
  /** Whether the lease on the item lets this write pass. */
  readonly condition: string;
  /** What the attribute `lease` becomes; undefined: it is removed. */
  readonly set?: string;
  readonly names: Readonly<Record<string, string>>;
  readonly values: Item;
}

const owner = { '#owner': 'owner' };
const until = { '#until': 'until' };
const epoch = { '#epoch': 'epoch' };
const untaken = 'attribute_not_exists(#lease)';
const over = '#lease.#until <= :now';
const own = '#lease.#owner = :owner';

/** Most writes know of no lease: they leave a live one alone, at no cost but these words. */
const withoutLease: LeaseExpression = {
  condition: `(${untaken} OR ${over})`,
  names: until,
  values: {},
};

/**
 * The part of a write's condition that looks at the lease, one attribute, a map of owner, epoch and until.
 *
 *     lease on the item:   none     live, a's      past its end, a's     given back
 *     a write without      passes   refused        passes                passes
 *     b takes it           passes   refused        passes, epoch + 1     passes
 *     a keeps, a drops     refused  passes         passes                refused
 *     b keeps, b drops     refused  refused        refused               refused
 */
export function leaseExpression(write: LeaseWrite | undefined): LeaseExpression {
  switch (write?.kind) {
    case undefined:
      return withoutLease;
    case 'take':
      return takeExpression(write.lease, write.seenEpoch);
    case 'keep':
      return {
        condition: own,
        // An extension may have come in between, and the item may have been forgotten.
        set: 'if_not_exists(#lease, :lease)',
        names: owner,
        values: {
          ':owner': { S: write.lease.owner },
          ':lease': leaseAttribute(taken(write.lease)),
        },
      };
    case 'drop':
      return { condition: own, names: owner, values: { ':owner': { S: write.owner } } };
  }
}

/** Only over the very record that was read: who comes second meets another epoch, or a live lease. */
function takeExpression(lease: Lease, seenEpoch: number | undefined): LeaseExpression {
  const set = ':lease';
  const values = { ':lease': leaseAttribute(taken(lease)) };
  if (seenEpoch === undefined) return { condition: untaken, set, names: {}, values };
  return {
    condition: `#lease.#epoch = :epoch AND ${over}`,
    set,
    names: { ...epoch, ...until },
    values: { ...values, ':epoch': number(seenEpoch) },
  };
}

function taken(lease: Lease): LeaseRecord {
  return { ...lease, ended: false };
}

/** The attribute `lease`; `until` in Unix seconds, as all times of the item. */
export function leaseAttribute({ owner, epoch, until, ended }: LeaseRecord): AttributeValue {
  return {
    M: {
      ...(owner !== undefined && { owner: { S: owner } }),
      epoch: number(epoch),
      until: number(until / 1000),
      ...(ended && { ended: { BOOL: true } }),
    },
  };
}

/** undefined for an item without a lease. */
export function readLease(attribute: AttributeValue | undefined): LeaseRecord | undefined {
  const lease = attribute?.M;
  return (
    lease && {
      owner: lease.owner?.S,
      epoch: Number(lease.epoch?.N ?? 0),
      until: Math.round(Number(lease.until?.N ?? 0) * 1000),
      ended: lease.ended?.BOOL ?? false,
    }
  );
}
