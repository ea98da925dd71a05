export { type CallOptions, callOptionForms, isSignature, type Resolved } from './call-options.ts';
export { derivedIds } from './derived-ids.ts';
export { encodeLinks } from './encode-signature.ts';
export type { Missing, Prefixes, Suffixes } from './front-arguments.ts';
export type { Application, CanvasPlan, NextId, PlannedChord } from './plan.ts';
export { type CanvasCall, callOfSignature } from './sent-call.ts';
export {
  type AnySignature,
  createSignature,
  type Keywords,
  type Sender,
  type Signature,
  type SignatureFields,
  type TaskCall,
} from './signature.ts';
