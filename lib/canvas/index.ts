export { type CallOptions, callOptionForms, isSignature, type Resolved } from './call-options.ts';
export { derivedIds } from './derived-ids.ts';
export { encodeLinks } from './encode-signature.ts';
export { type FailedStep, type FailedTask, failedBody, failedSteps } from './failing.ts';
export { planBody, planCallbacks, planErrbacks, planNextStep } from './following.ts';
export type { Missing, Prefixes, Suffixes } from './front-arguments.ts';
export type { Application, CanvasPlan, NextId, PlanContext, PlannedChord } from './plan.ts';
export { planCanvas } from './plan-canvas.ts';
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
