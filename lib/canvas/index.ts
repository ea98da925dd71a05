export { type CallOptions, callOptionForms, isSignature, type Resolved } from './call-options.ts';
export { type CanvasEdge, type CanvasGraph, type CanvasNode, canvasGraph } from './canvas-graph.ts';
export { canvasKeptSeconds } from './canvas-kept-seconds.ts';
export type {
  ChainOf,
  ChunksSignature,
  GroupSignature,
  GroupValues,
  Immutable,
  StepMismatch,
} from './canvas-types.ts';
export { chain } from './chain.ts';
export { chord } from './chord.ts';
export { derivedIds } from './derived-ids.ts';
export { toDot, toMermaid } from './drawing.ts';
export { encodeLinks } from './encode-signature.ts';
export { type FailedStep, type FailedTask, failedBody, failedSteps } from './failing.ts';
export { planBody, planCallbacks, planErrbacks, planNextStep } from './following.ts';
export type { Missing, Prefixes, Suffixes } from './front-arguments.ts';
export { group } from './group.ts';
export { chunksOf, mapOf, starmapOf } from './map.ts';
export { nativePlan } from './native-plan.ts';
export type { Application, CanvasPlan, NextId, PlanContext, PlannedChord } from './plan.ts';
export { planCanvas } from './plan-canvas.ts';
export { planAddition, planReplacement, type Replaced } from './replacing.ts';
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
export { signatureFrom } from './signature-from.ts';
export type { Headers } from './stamp-headers.ts';
export type { Stamping, StampingVisitor } from './stamping.ts';
