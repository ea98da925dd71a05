import type { CanvasPlan } from '../../canvas/index.ts';
import { leaseHeader, type WireSignature } from '../../protocol/index.ts';

/** The plan, its messages asking for a lease: two deliveries of them never run at once. */
export function leased(plan: CanvasPlan): CanvasPlan {
  return { ...plan, messages: plan.messages.map(leasedSignature) };
}

/** A signature whose message asks for a lease; a Python worker overlooks it. */
export function leasedSignature(signature: WireSignature): WireSignature {
  const { headers, ...options } = signature.options;
  return {
    ...signature,
    options: { ...options, headers: { ...(headers as object | null), [leaseHeader]: true } },
  };
}
