export { describeLimit, type LargePayloadSettings } from './large-payload-settings.ts';
export {
  checkPlace,
  deletePayload,
  fetchPayload,
  type PayloadTools,
  storePayload,
} from './payloads.ts';
export { parseReference, referenceText, standIn } from './result-reference.ts';
